"""The account's recordings. Only their length is stored; the audio is generated when it is fetched."""

import math
import struct
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from callcenter.standin.twilio.calls import API_VERSION, Call, rfc2822
from callcenter.standin.twilio.platform import Platform
from callcenter.standin.twilio.webhooks import WebhookRequest

_RATE = 8000


@dataclass(slots=True)
class Recording:
    """One recording. ready: its media can be fetched."""

    sid: str
    account_sid: str
    call_sid: str
    url: str
    duration_s: int
    started_at: datetime
    created_at: datetime
    ready: bool = False


class Recordings:
    """The recordings of the account, oldest first. deleted: those whose media is gone; Twilio still tells of them."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self.by_sid: dict[str, Recording] = {}
        self.deleted: dict[str, Recording] = {}

    def _new(self, call: Call, seconds: float, started_at: datetime) -> Recording:
        platform = self._platform
        sid = platform.new_sid("RE")
        url = f"{platform.api_base_url}/{API_VERSION}/Accounts/{platform.account_sid}/Recordings/{sid}"
        length_s = max(1, round(seconds)) if seconds else 0
        return Recording(sid, platform.account_sid, call.sid, url, length_s, started_at, platform.now())

    def add(self, call: Call, seconds: float, started_at: datetime, status_url: str, method: str) -> Recording:
        """Store a new recording of `seconds`. Its media and the status callback follow a moment later."""
        recording = self._new(call, seconds, started_at)
        self.by_sid[recording.sid] = recording

        def ready() -> None:
            recording.ready = True
            if status_url:
                self._send_status(call, recording, "completed", status_url, method)

        self._platform.world.call_later(self._platform.timing.recording_ready_s, ready)
        return recording

    def absent(self, call: Call, status_url: str, method: str) -> None:
        """Nothing was said: send the status callback `absent`, if there is an address for it."""
        if status_url:
            self._send_status(call, self._new(call, 0, self._platform.now()), "absent", status_url, method)

    def delete(self, sid: str) -> bool:
        """Delete a recording. Returns False when there is none with this SID."""
        recording = self.by_sid.pop(sid, None)
        if recording is None:
            return False
        self.deleted[sid] = recording
        return True

    def _send_status(self, call: Call, recording: Recording, status: str, url: str, method: str) -> None:
        params = {
            "AccountSid": recording.account_sid,
            "CallSid": call.sid,
            "RecordingSid": recording.sid,
            "RecordingUrl": recording.url,
            "RecordingStatus": status,
            "RecordingDuration": str(recording.duration_s) if status == "completed" else "-1",
            "RecordingChannels": "1",
            "RecordingStartTime": rfc2822(recording.started_at) or "",
            "RecordingSource": "RecordVerb",
        }
        if status == "absent":
            params["ErrorCode"] = "0"
        request = WebhookRequest("recording", url, method, params, call.sid, is_event=True)
        self._platform.send(request, lambda answer: None, call)


def wav(seconds: int) -> bytes:
    """A WAV file with a soft tone: 8 kHz, 16 bit, mono."""
    data = _second() * max(1, seconds)
    head = struct.pack("<4sI4s", b"RIFF", 36 + len(data), b"WAVE")
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, _RATE, _RATE * 2, 2, 16)
    return head + form + struct.pack("<4sI", b"data", len(data)) + data


@cache
def _second() -> bytes:
    return b"".join(struct.pack("<h", int(3000 * math.sin(math.tau * 300 * n / _RATE))) for n in range(_RATE))


def mp3(seconds: int) -> bytes:
    """An MP3 file of silence: frames of 36 ms, MPEG-1 layer III, 32 kbit/s, 32 kHz, mono."""
    frame = b"\xff\xfb\x18\xc0" + bytes(140)
    return frame * math.ceil(max(1, seconds) / 0.036)
