"""Validates TwiML against a strict table of verbs, nesting, attributes and values; anything else is a problem.

Twilio itself warns (12200) about an unknown verb or attribute and skips it. Here it is an error, so that a misspelling
is noticed. Source: Twilio's TwiML reference, which has a page for each verb.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass

Check = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a document cannot be played, with the code that Twilio's debugger would show."""

    code: int
    text: str


def _one_of(*values: str) -> Check:
    return lambda value: value in values


def _words(*values: str) -> Check:
    return lambda value: all(word in values for word in value.split()) and bool(value.split())


def _between(low: int, high: int) -> Check:
    return lambda value: value.isdecimal() and low <= int(value) <= high


def _match(pattern: str) -> Check:
    return re.compile(pattern).fullmatch


def _any(value: str) -> bool:
    return True


_address = _match(r"(?:https?://[^\s/]+|/|\.|\?|[\w%-]+(?:/|$|\?|\.))\S*")


def _url(value: str) -> bool:
    return bool(_address(value))


def _url_or_nothing(value: str) -> bool:
    return value == "" or _url(value)


_keys = _match(r"[0-9*#]*")
_bool = _one_of("true", "false")
_method = _one_of("GET", "POST")
_seconds = _between(0, 86_400)
_label = _match(r".{1,128}")


def _digits(value: str) -> bool:
    return bool(_keys(value))


def _caller_id(value: str) -> bool:
    return bool(re.fullmatch(r"\+[1-9]\d{6,14}|client:\w+", value))


_ACTION: dict[str, Check] = {"action": _url, "method": _method}
_STATUS: dict[str, Check] = {"statusCallback": _url, "statusCallbackMethod": _method}
_RECORDING: dict[str, Check] = {
    "recordingStatusCallback": _url,
    "recordingStatusCallbackMethod": _method,
    "recordingStatusCallbackEvent": _words("in-progress", "completed", "absent"),
}
_RING_TONES = ("at", "au", "bg", "br", "be", "ch", "cl", "cn", "cz", "de", "dk", "ee", "es", "fi", "fr", "gr", "hu",
               "il", "in", "it", "lt", "jp", "mx", "my", "nl", "no", "nz", "ph", "pl", "pt", "ru", "se", "sg", "th",
               "uk", "us", "us-old", "tw", "ve", "za")  # fmt: skip

ATTRIBUTES: dict[str, dict[str, Check]] = {
    "Response": {},
    "Say": {"voice": _match(r"(man|woman|alice|[A-Z]\w+\.[\w-]+)"), "loop": _between(0, 1000),
            "language": _match(r"[a-z]{2,3}(-[A-Z][A-Za-z]*){1,2}")},
    "Play": {"loop": _between(0, 1000), "digits": _match(r"[0-9wW*#A-D]+")},
    "Pause": {"length": _between(0, 600)},
    "Gather": {**_ACTION, "input": _words("dtmf", "speech"), "numDigits": _between(1, 1000),
               "timeout": _between(0, 600), "finishOnKey": _match(r"[0-9*#]?"), "actionOnEmptyResult": _bool,
               "bargeIn": _bool, "language": _any, "hints": _any, "speechTimeout": _any, "speechModel": _any,
               "profanityFilter": _bool, "partialResultCallback": _url, "partialResultCallbackMethod": _method,
               "dtmfDetection": _any},
    "Record": {**_ACTION, **_RECORDING, "timeout": _between(1, 3600), "finishOnKey": _digits,
               "maxLength": _between(1, 14_400), "playBeep": _bool, "transcribe": _bool, "transcribeCallback": _url,
               "trim": _one_of("trim-silence", "do-not-trim")},
    "Redirect": {"method": _method},
    "Hangup": {},
    "Reject": {"reason": _one_of("busy", "rejected")},
    "Dial": {**_ACTION, **_RECORDING, "timeout": _between(1, 600), "timeLimit": _between(1, 86_400),
             "callerId": _caller_id, "answerOnBridge": _bool, "hangupOnStar": _bool, "sequential": _bool,
             "ringTone": _one_of(*_RING_TONES), "trim": _one_of("trim-silence", "do-not-trim"),
             "record": _one_of("do-not-record", "record-from-answer", "record-from-ringing", "record-from-answer-dual",
                               "record-from-ringing-dual"), "referUrl": _url, "referMethod": _method},
    "Number": {**_STATUS, "url": _url, "method": _method, "sendDigits": _match(r"[0-9wW*#]+"),
               "statusCallbackEvent": _words("initiated", "ringing", "answered", "completed"), "byoc": _any,
               "machineDetection": _one_of("Enable", "DetectMessageEnd"), "machineDetectionTimeout": _between(3, 120),
               "amdStatusCallback": _url, "amdStatusCallbackMethod": _method},
    "Conference": {**_STATUS, **_RECORDING, "muted": _bool, "beep": _one_of("true", "false", "onEnter", "onExit"),
                   "startConferenceOnEnter": _bool, "endConferenceOnExit": _bool, "waitUrl": _url_or_nothing,
                   "waitMethod": _method, "maxParticipants": _between(1, 250), "participantLabel": _label,
                   "jitterBufferSize": _one_of("off", "small", "medium", "large"), "coach": _any,
                   "record": _one_of("do-not-record", "record-from-start"), "region": _any,
                   "trim": _one_of("trim-silence", "do-not-trim"), "eventCallbackUrl": _url,
                   "statusCallbackEvent": _words("start", "end", "join", "leave", "mute", "hold", "modify", "speaker",
                                                 "announcement")},
    "Message": {"to": _any, "from": _any, "action": _url, "method": _method, "statusCallback": _url},
    "Body": {},
}  # fmt: skip

CALL_VERBS = frozenset({"Say", "Play", "Pause", "Gather", "Record", "Redirect", "Hangup", "Reject", "Dial"})
CHILDREN: dict[str, dict[str, frozenset[str]]] = {
    "call": {"Response": CALL_VERBS},
    "screen": {"Response": frozenset({"Say", "Play", "Pause", "Gather", "Redirect", "Hangup"})},
    "wait": {"Response": frozenset({"Say", "Play", "Pause", "Redirect"})},
    "message": {"Response": frozenset({"Message", "Redirect"})},
}
_NESTED = {
    "Gather": frozenset({"Say", "Play", "Pause"}),
    "Dial": frozenset({"Number", "Conference"}),
    "Message": frozenset({"Body"}),
}
_NEED_TEXT = {"Say": 13520, "Play": 13420, "Redirect": 12100, "Number": 13223, "Conference": 13224}
_BAD_VALUE = {"Gather": 13330, "Dial": 13210, "Record": 13610, "Say": 13510, "Play": 13410, "Number": 13223,
              "Conference": 13230, "Redirect": 12100, "Pause": 13910, "Reject": 13810}  # fmt: skip
MAX_SAY = 4096
MAX_NUMBERS = 10


def check_tree(root: ET.Element, place: str) -> Problem | None:
    """The first problem of a parsed document that is played at `place` (see `twiml.parse`), or None."""
    if root.tag != "Response":
        return Problem(12100, f"the root is <{root.tag}>, not <Response>")
    return _check(root, "", CHILDREN[place])


def _check(element: ET.Element, parent: str, top: dict[str, frozenset[str]]) -> Problem | None:
    known = ATTRIBUTES.get(element.tag)
    if known is None:
        return Problem(12200, f"unknown verb <{element.tag}>")
    for name, value in element.attrib.items():
        check = known.get(name)
        if check is None:
            return Problem(12200, f"<{element.tag}> has no attribute {name!r}")
        if not check(value):
            return Problem(_BAD_VALUE.get(element.tag, 12200), f"<{element.tag} {name}={value!r}> is not allowed")
    allowed = top.get(element.tag) or _NESTED.get(element.tag, frozenset())
    for child in element:
        if child.tag not in allowed:
            code = 13238 if top is CHILDREN["wait"] and child.tag in ATTRIBUTES else 12200
            return Problem(code, f"<{child.tag}> may not stand in <{element.tag}>")
    return _check_content(element) or next((p for p in (_check(c, element.tag, top) for c in element) if p), None)


def _check_content(element: ET.Element) -> Problem | None:
    text = "".join(element.itertext()).strip()
    tag = element.tag
    if tag in _NEED_TEXT and not text and not (tag == "Play" and "digits" in element.attrib):
        return Problem(_NEED_TEXT[tag], f"<{tag}> is empty")
    if tag in ("Response", "Gather") and _loose_text(element):
        return Problem(12200, f"loose text in <{tag}>")
    if tag == "Say" and len(text) > MAX_SAY:
        return Problem(13520, f"<Say> of {len(text)} characters; at most {MAX_SAY}")
    if tag in ("Play", "Redirect") and text and not _url(text):
        return Problem(_BAD_VALUE[tag], f"<{tag}> holds no address: {text[:80]!r}")
    if tag == "Number" and not re.fullmatch(r"\+[1-9]\d{6,14}", text):
        return Problem(13223, "<Number> is not in E.164 form")
    if tag == "Dial":
        return _check_dial(element, text)
    return None


def _check_dial(element: ET.Element, text: str) -> Problem | None:
    nouns = [child.tag for child in element]
    if not nouns and not re.fullmatch(r"\+[1-9]\d{6,14}", text):
        return Problem(13223, "<Dial> has nobody to dial")
    if nouns and _loose_text(element):
        return Problem(12200, "loose text in <Dial>")
    if "Conference" in nouns and len(nouns) > 1:
        return Problem(12200, "<Conference> does not go together with another noun")
    if len(nouns) > MAX_NUMBERS:
        return Problem(13221, f"{len(nouns)} numbers in one <Dial>; at most {MAX_NUMBERS}")
    return None


def _loose_text(element: ET.Element) -> bool:
    return bool((element.text or "").strip() or any((child.tail or "").strip() for child in element))
