"""The REST operations on messages, numbers and recordings."""

from callcenter.standin.rest.forms import Form, RestError, is_e164, one
from callcenter.standin.twilio.calls import Line
from callcenter.standin.twilio.messages import Message, Messages
from callcenter.standin.twilio.platform import Platform
from callcenter.standin.twilio.recordings import Recording, Recordings


def _not_found(what: str, sid: str) -> RestError:
    return RestError(404, 20404, f"The requested resource /{what}/{sid}.json was not found")


class MessageResource:
    """The account's text messages."""

    def __init__(self, platform: Platform, messages: Messages) -> None:
        self._platform, self._messages = platform, messages

    def create(self, form: Form) -> Message:
        """Create a queued message. Raises RestError with Twilio's code."""
        to, from_, body = one(form, "To"), one(form, "From"), one(form, "Body")
        if not to:
            raise RestError(400, 21604, "A 'To' phone number is required.")
        if not is_e164(to):
            raise RestError(400, 21211, f"Invalid 'To' Phone Number: {to}")
        if not from_ and not one(form, "MessagingServiceSid"):
            raise RestError(400, 21603, "A 'From' phone number is required.")
        if from_.startswith("+") and from_ not in self._platform.lines:
            raise RestError(400, 21606, f"The 'From' phone number provided ({from_}) is not a valid sender.")
        if not body and "MediaUrl" not in form:
            raise RestError(400, 21602, "Message body is required.")
        if len(body) > 1600:
            raise RestError(400, 21617, "The concatenated message body exceeds the 1600 character limit")
        if to in self._messages.stopped:
            raise RestError(400, 21610, "Attempt to send to unsubscribed recipient")
        return self._messages.send(from_, to, body, one(form, "StatusCallback"))

    def fetch(self, sid: str) -> Message:
        message = self._messages.by_sid.get(sid)
        if message is None:
            raise _not_found("Messages", sid)
        return message

    def list(self, form: Form) -> list[Message]:
        """The messages from and to the given numbers, newest first."""
        to, from_ = one(form, "To"), one(form, "From")
        found = [
            message
            for message in self._messages.by_sid.values()
            if to in ("", message.to) and from_ in ("", message.from_)
        ]
        found.reverse()
        return found


_LINE_FIELDS = {
    "VoiceUrl": "voice_url",
    "VoiceMethod": "voice_method",
    "VoiceFallbackUrl": "voice_fallback_url",
    "VoiceFallbackMethod": "voice_fallback_method",
    "StatusCallback": "status_callback",
    "StatusCallbackMethod": "status_callback_method",
    "SmsUrl": "sms_url",
    "SmsMethod": "sms_method",
    "SmsFallbackUrl": "sms_fallback_url",
    "SmsFallbackMethod": "sms_fallback_method",
    "FriendlyName": "friendly_name",
    "SmsApplicationSid": "sms_application_sid",
    "VoiceApplicationSid": "voice_application_sid",
    "TrunkSid": "trunk_sid",
    "VoiceReceiveMode": "voice_receive_mode",
}


class NumberResource:
    """The account's own numbers."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def fetch(self, sid: str) -> Line:
        for line in self._platform.lines.values():
            if line.sid == sid:
                return line
        raise _not_found("IncomingPhoneNumbers", sid)

    def update(self, sid: str, form: Form) -> Line:
        """Set the fields in the form; an empty value clears one. Trunk and voice application replace each other."""
        line = self.fetch(sid)
        if one(form, "TrunkSid"):
            line.voice_application_sid = ""
        elif one(form, "VoiceApplicationSid"):
            line.trunk_sid = ""
        for parameter, name in _LINE_FIELDS.items():
            if parameter in form:
                setattr(line, name, one(form, parameter))
        return line

    def route(self, number: str) -> dict[str, str]:
        """The region where a number's calls are processed (Twilio's Routes API)."""
        line = self._platform.lines.get(number)
        if line is None:
            raise _not_found("PhoneNumbers", number)
        return {"phone_number": line.number, "sid": f"QQ{line.sid[2:]}", "voice_region": line.voice_region}

    def list(self, form: Form) -> list[Line]:
        """The numbers that contain the form's `PhoneNumber`; all without one."""
        wanted = one(form, "PhoneNumber").replace("*", "")
        return [line for line in self._platform.lines.values() if wanted in line.number]


class RecordingResource:
    """The account's recordings."""

    def __init__(self, recordings: Recordings) -> None:
        self._recordings = recordings

    def is_deleted(self, recording: Recording) -> bool:
        return recording.sid in self._recordings.deleted

    def fetch(self, sid: str) -> Recording:
        recording = self._recordings.by_sid.get(sid)
        if recording is None:
            raise _not_found("Recordings", sid)
        return recording

    def delete(self, sid: str) -> None:
        if not self._recordings.delete(sid):
            raise _not_found("Recordings", sid)

    def list(self, form: Form) -> list[Recording]:
        """The recordings of one call or of all, newest first; `IncludeSoftDeleted`: also those that were deleted."""
        call_sid, with_deleted = one(form, "CallSid"), one(form, "IncludeSoftDeleted").lower() == "true"
        every = [*self._recordings.by_sid.values(), *(self._recordings.deleted.values() if with_deleted else ())]
        found = sorted((r for r in every if call_sid in ("", r.call_sid)), key=lambda r: r.created_at)
        found.reverse()
        return found
