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
class SettingFault:
    """One wrong setting. remedy: what the operator must do; by_connect: whether `twilio connect` does it."""

    setting: str
    found: str
    required: str
    remedy: str = CONNECT
    by_connect: bool = True

    def __str__(self) -> str:
        return f"{self.setting} is {self.found or 'empty'}, must be {self.required or 'empty'}: {self.remedy}"


# With one of these set, Twilio ignores the number's addresses.
# https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
_REPLACES_ADDRESSES_OF = {"trunk_sid": "voice", "voice_application_sid": "voice", "sms_application_sid": "sms"}


def required_values(public_url: str, *, texts: bool = True) -> dict[str, str]:
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


def setting_faults(found: NumberSettings, public_url: str) -> list[SettingFault]:
    """Every wrong setting. A method or mode that Twilio does not return counts as right; an address does not."""
    faults = []
    if not found.takes_calls:
        remedy = "no setting gives a number a voice: take another number"
        faults.append(SettingFault("capabilities.voice", "false", "true", remedy, by_connect=False))
    for setting, required in required_values(public_url, texts=found.takes_texts).items():
        value = found.values.get(setting, "")
        # Twilio's defaults for methods and mode are the values we need.
        has_default = setting.endswith(("_method", "_mode"))
        if value == required or (has_default and not value):
            continue
        kind = _REPLACES_ADDRESSES_OF.get(setting)
        remedy = f"with it Twilio asks none of our {kind} addresses; {CONNECT}" if kind else CONNECT
        faults.append(SettingFault(setting, value, required, remedy))
    return faults


def region_fault(found: str, configured: str | None) -> SettingFault | None:
    """The fault when a number's calls are processed in another region than the configured one, else None.

    Each region has its own settings, and we see those of one region only. found: `voice_region` of Twilio's Routes API,
    empty when none was chosen.
    """
    ours, theirs = configured or HOME_REGION, found or HOME_REGION
    if ours == theirs:
        return None
    remedy = f"set TWILIO_REGION={theirs} with that region's token, or route the number to {ours} in Twilio's console"
    return SettingFault("voice_region", theirs, ours, remedy, by_connect=False)


def settings_to_send(found: NumberSettings, public_url: str) -> dict[str, str]:
    """The settings to send to Twilio, by its names.

    Addresses and methods are sent even when they are right. A setting that must be empty is sent only when it is wrong,
    because `TrunkSid` and `VoiceApplicationSid` delete each other.
    """
    required = required_values(public_url, texts=found.takes_texts)
    wrong = {fault.setting for fault in setting_faults(found, public_url)}
    addressed = {name for name, value in required.items() if value and not name.endswith("_mode")}
    return {name: required[name] for name in required if name in addressed or name in wrong}
