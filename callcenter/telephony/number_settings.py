"""The settings that a number needs at Twilio so that its calls and texts reach us, and how to correct wrong ones."""

from collections.abc import Mapping
from dataclasses import dataclass

CONNECT = "run `callcenter twilio connect`"
# The region that Twilio uses when none is set.
HOME_REGION = "us1"


@dataclass(frozen=True, slots=True)
class NumberSettings:
    """One number's settings at Twilio. values: by Twilio's names; a setting that is not set is an empty string."""

    sid: str
    number: str
    values: Mapping[str, str]
    takes_calls: bool = True
    takes_texts: bool = True


@dataclass(frozen=True, slots=True)
class Wrong:
    """One wrong setting. mend: what the operator must do; by_connect: whether `twilio connect` does it."""

    setting: str
    found: str
    wanted: str
    mend: str = CONNECT
    by_connect: bool = True

    def __str__(self) -> str:
        return f"{self.setting} is {self.found or 'empty'}, must be {self.wanted or 'empty'}: {self.mend}"


# With one of these set, Twilio ignores the number's addresses.
# https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
_INSTEAD_OF_OURS = {"trunk_sid": "voice", "voice_application_sid": "voice", "sms_application_sid": "sms"}


def wanted_values(public_url: str, *, texts: bool = True) -> dict[str, str]:
    """The settings that a number must have. texts: whether the number can receive text messages."""
    voice = {
        "voice_url": f"{public_url}/webhooks/voice",
        "voice_method": "POST",
        "voice_fallback_url": f"{public_url}/webhooks/voice/fallback",
        "voice_fallback_method": "POST",
        "status_callback": f"{public_url}/webhooks/voice/status",
        "status_callback_method": "POST",
        "voice_receive_mode": "voice",
        "voice_application_sid": "",
        "trunk_sid": "",
    }
    sms = {"sms_url": f"{public_url}/webhooks/sms", "sms_method": "POST", "sms_application_sid": ""}
    return {**voice, **sms} if texts else voice


def what_is_wrong(found: NumberSettings, public_url: str) -> list[Wrong]:
    """Every wrong setting. A method or mode that Twilio does not return counts as right; an address does not."""
    faults = []
    if not found.takes_calls:
        nothing_helps = "no setting gives a number a voice: take another number"
        faults.append(Wrong("capabilities.voice", "false", "true", nothing_helps, by_connect=False))
    for setting, wanted in wanted_values(public_url, texts=found.takes_texts).items():
        value = found.values.get(setting, "")
        # Twilio's defaults for methods and mode are the values we need.
        has_default = setting.endswith(("_method", "_mode"))
        if value == wanted or (has_default and not value):
            continue
        kind = _INSTEAD_OF_OURS.get(setting)
        mend = f"with it Twilio asks none of our {kind} addresses; {CONNECT}" if kind else CONNECT
        faults.append(Wrong(setting, value, wanted, mend))
    return faults


def region_is_wrong(found: str, configured: str | None) -> Wrong | None:
    """The fault when a number's calls are processed in another region than the configured one, else None.

    Each region has its own settings, and we see those of one region only. found: `voice_region` of Twilio's Routes API,
    empty when none was chosen.
    """
    ours, theirs = configured or HOME_REGION, found or HOME_REGION
    if ours == theirs:
        return None
    mend = f"set TWILIO_REGION={theirs} with that region's token, or route the number to {ours} in Twilio's console"
    return Wrong("voice_region", theirs, ours, mend, by_connect=False)


def mending(found: NumberSettings, public_url: str) -> dict[str, str]:
    """The settings to send to Twilio, by its names.

    Addresses and methods are sent even when they are right. A setting that must be empty is sent only when it is wrong,
    because `TrunkSid` and `VoiceApplicationSid` delete each other.
    """
    wanted = wanted_values(public_url, texts=found.takes_texts)
    wrong = {fault.setting for fault in what_is_wrong(found, public_url)}
    addressed = {name for name, value in wanted.items() if value and not name.endswith("_mode")}
    return {name: wanted[name] for name in wanted if name in addressed or name in wrong}
