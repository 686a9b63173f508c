"""Is a number set at Twilio so that its calls and text messages reach us? What is wrong, and what mends it."""

from collections.abc import Mapping
from dataclasses import dataclass

CONNECT = "run `callcenter twilio connect`"
# Twilio's own region, where whoever sets none has the numbers' calls processed.
HOME_REGION = "us1"


@dataclass(frozen=True, slots=True)
class NumberSettings:
    """What Twilio has for one number. values: each setting by Twilio's name for it; one that is not set is empty."""

    sid: str
    number: str
    values: Mapping[str, str]
    takes_calls: bool = True
    takes_texts: bool = True


@dataclass(frozen=True, slots=True)
class Wrong:
    """One setting that keeps calls or messages from us. mend: what to do; by_connect: `twilio connect` does it."""

    setting: str
    found: str
    wanted: str
    mend: str = CONNECT
    by_connect: bool = True

    def __str__(self) -> str:
        return f"{self.setting} is {self.found or 'empty'}, must be {self.wanted or 'empty'}: {self.mend}"


# What takes a number's addresses out of use, whatever they are.
# https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
_INSTEAD_OF_OURS = {"trunk_sid": "voice", "voice_application_sid": "voice", "sms_application_sid": "sms"}


def wanted_values(public_url: str, *, texts: bool = True) -> dict[str, str]:
    """What a number's settings must be. texts: the number takes text messages, and those must reach us too."""
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
    """Every setting that is not as it must be, each by itself. One that Twilio does not tell is taken to be right,
    where it is no address."""
    faults = []
    if not found.takes_calls:
        nothing_helps = "no setting gives a number a voice: take another number"
        faults.append(Wrong("capabilities.voice", "false", "true", nothing_helps, by_connect=False))
    for setting, wanted in wanted_values(public_url, texts=found.takes_texts).items():
        value = found.values.get(setting, "")
        # Methods and the mode have a default at Twilio, which is ours.
        has_default = setting.endswith(("_method", "_mode"))
        if value == wanted or (has_default and not value):
            continue
        kind = _INSTEAD_OF_OURS.get(setting)
        mend = f"with it Twilio asks none of our {kind} addresses; {CONNECT}" if kind else CONNECT
        faults.append(Wrong(setting, value, wanted, mend))
    return faults


def region_is_wrong(found: str, configured: str | None) -> Wrong | None:
    """Whether a number's calls are processed in another region than the one whose settings we see. Each region has
    settings of its own. found: `voice_region` of Twilio's Routes API, empty when none was chosen."""
    ours, theirs = configured or HOME_REGION, found or HOME_REGION
    if ours == theirs:
        return None
    mend = f"set TWILIO_REGION={theirs} with that region's token, or route the number to {ours} in Twilio's console"
    return Wrong("voice_region", theirs, ours, mend, by_connect=False)


def mending(found: NumberSettings, public_url: str) -> dict[str, str]:
    """The settings to send, by Twilio's names. What is right already is sent as well, but for what is to be empty:
    `TrunkSid` and `VoiceApplicationSid` delete each other."""
    wanted = wanted_values(public_url, texts=found.takes_texts)
    wrong = {fault.setting for fault in what_is_wrong(found, public_url)}
    addressed = {name for name, value in wanted.items() if value and not name.endswith("_mode")}
    return {name: wanted[name] for name in wanted if name in addressed or name in wrong}
