"""Checks the parameters of REST requests against those of Twilio's OpenAPI document."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

Form = Mapping[str, list[str]]


class RestError(Exception):
    """An error answer: HTTP status, Twilio's error code, and message."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass(frozen=True, slots=True)
class Shape:
    """The parameters of an operation, with the kind of each (`text`, `url`, `integer` …)."""

    kinds: Mapping[str, str]


def _shape(text: str) -> Shape:
    """Read words of the form `Name:kind`; a name without kind takes any text."""
    pairs = (word.partition(":") for word in text.split())
    return Shape({name: kind or "text" for name, _, kind in pairs})


_PAGE = " PageSize:integer Page:integer PageToken"

SHAPES: dict[str, Shape] = {
    "create-call": _shape(
        "To From Method:method FallbackUrl:url FallbackMethod:method StatusCallback:url StatusCallbackEvent:list "
        "StatusCallbackMethod:method SendDigits Timeout:integer Record:boolean RecordingChannels "
        "RecordingStatusCallback RecordingStatusCallbackMethod:method SipAuthUsername SipAuthPassword "
        "MachineDetection MachineDetectionTimeout:integer RecordingStatusCallbackEvent:list Trim CallerId "
        "MachineDetectionSpeechThreshold:integer MachineDetectionSpeechEndThreshold:integer "
        "MachineDetectionSilenceTimeout:integer AsyncAmd AsyncAmdStatusCallback:url "
        "AsyncAmdStatusCallbackMethod:method Byoc CallReason CallToken RecordingTrack TimeLimit:integer "
        "ClientNotificationUrl:url Url:url Twiml ApplicationSid"
    ),
    "update-call": _shape(
        "Url:url Method:method Status FallbackUrl:url FallbackMethod:method StatusCallback:url "
        "StatusCallbackMethod:method Twiml TimeLimit:integer"
    ),
    "list-calls": _shape(
        "To From ParentCallSid Status StartTime:time StartTime<:time StartTime>:time EndTime:time EndTime<:time "
        "EndTime>:time" + _PAGE
    ),
    "list-events": _shape(_PAGE),
    "create-message": _shape(
        "To StatusCallback:url ApplicationSid MaxPrice ProvideFeedback:boolean Attempt:integer "
        "ValidityPeriod:integer ForceDelivery:boolean ContentRetention AddressRetention SmartEncoded:boolean "
        "PersistentAction:list TrafficType ShortenUrls:boolean ScheduleType SendAt SendAsMms:boolean "
        "ContentVariables RiskCheck From FallbackFrom MessagingServiceSid Body MediaUrl:list ContentSid"
    ),
    "list-messages": _shape("To From DateSent:time DateSent<:time DateSent>:time" + _PAGE),
    "list-numbers": _shape("Beta:boolean FriendlyName PhoneNumber Origin" + _PAGE),
    "update-number": _shape(
        "AccountSid ApiVersion FriendlyName SmsApplicationSid SmsFallbackMethod:method SmsFallbackUrl:url "
        "SmsMethod:method SmsUrl:url StatusCallback:url StatusCallbackMethod:method VoiceApplicationSid "
        "VoiceCallerIdLookup:boolean VoiceFallbackMethod:method VoiceFallbackUrl:url VoiceMethod:method VoiceUrl:url "
        "EmergencyStatus EmergencyAddressSid TrunkSid VoiceReceiveMode IdentitySid AddressSid BundleSid"
    ),
    "list-recordings": _shape(
        "DateCreated:time DateCreated<:time DateCreated>:time CallSid ConferenceSid IncludeSoftDeleted:boolean" + _PAGE
    ),
}

_METHODS = {"GET", "POST"}
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?")
_URL = re.compile(r"https?://[^\s/?#]+\S*")
_BAD_URL = {"StatusCallback": 21609, "FallbackUrl": 21205, "Url": 21205}


def check_form(operation: str, form: Form) -> None:
    """Check the parameters of an operation. Raises RestError for an unknown parameter or an invalid value.

    Twilio itself ignores unknown parameters. Here they are errors, so that a misspelling is noticed.
    """
    shape = SHAPES.get(operation, Shape({}))
    for name, values in form.items():
        kind = shape.kinds.get(name)
        if kind is None:
            raise RestError(400, 20001, f"Unknown parameter {name} of {operation}")
        if kind != "list" and len(values) > 1:
            raise RestError(400, 20001, f"Parameter {name} is given {len(values)} times")
        for value in values:
            _check_value(name, kind, value)


def _check_value(name: str, kind: str, value: str) -> None:
    if value == "":
        return
    if kind == "integer" and not value.isdecimal():
        raise RestError(400, 20001, f"{name} is not a whole number: {value!r}")
    if kind == "boolean" and value.lower() not in ("true", "false"):
        raise RestError(400, 20001, f"{name} is neither true nor false: {value!r}")
    if kind == "method" and value not in _METHODS:
        raise RestError(400, 21403, f"Invalid {name}: {value!r}")
    if kind == "url" and not _URL.fullmatch(value):
        raise RestError(400, _BAD_URL.get(name, 21502), f"{name} is not a valid URL: {value!r}")
    if kind == "time" and not _TIME.fullmatch(value):
        raise RestError(400, 20001, f"{name} is not a date or an instant: {value!r}")


_E164 = re.compile(r"\+[1-9]\d{7,14}")


def is_e164(number: str) -> bool:
    """Whether a number has the form that Twilio accepts, assigned or not."""
    return _E164.fullmatch(number) is not None


def one(form: Form, name: str, default: str = "") -> str:
    """The first value of a parameter, or `default`."""
    values = form.get(name)
    return values[0] if values else default
