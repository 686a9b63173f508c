"""Which recordings exist, and how do they sound? Kept as lengths; the audio is made when it is asked for."""

import math
import struct
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from callcenter.standin.twilio.calls import API_VERSION, Call, rfc2822
from callcenter.standin.twilio.webhooks import Letter

if TYPE_CHECKING:
    from callcenter.standin.twilio.exchange import Exchange

_RATE = 8000


@dataclass(slots=True)
class Recording:
    """One recording; its media can be had from `ready_at`."""

    sid: str
    account_sid: str
    call_sid: str
    url: str
    duration_s: int
    started_at: datetime
    created_at: datetime
    ready: bool = False


class Recordings:
    """The recordings of the account, in the order they were made."""

    def __init__(self, exchange: "Exchange") -> None:
        self._exchange = exchange
        self.by_sid: dict[str, Recording] = {}

    def _new(self, call: Call, seconds: float, started_at: datetime) -> Recording:
        exchange = self._exchange
        sid = exchange.new_sid("RE")
        url = f"{exchange.api_base_url}/{API_VERSION}/Accounts/{exchange.account_sid}/Recordings/{sid}"
        length_s = max(1, round(seconds)) if seconds else 0
        return Recording(sid, exchange.account_sid, call.sid, url, length_s, started_at, exchange.now())

    def add(self, call: Call, seconds: float, started_at: datetime, status_url: str, method: str) -> Recording:
        """A recording has been made; its file, and the status callback, follow a moment later."""
        recording = self._new(call, seconds, started_at)
        self.by_sid[recording.sid] = recording

        def ready() -> None:
            recording.ready = True
            if status_url:
                self._tell(call, recording, "completed", status_url, method)

        self._exchange.world.call_later(self._exchange.timing.recording_ready_s, ready)
        return recording

    def absent(self, call: Call, status_url: str, method: str) -> None:
        """Nothing was said; told when asked for."""
        if status_url:
            self._tell(call, self._new(call, 0, self._exchange.now()), "absent", status_url, method)

    def delete(self, sid: str) -> bool:
        """Whether there was one to delete."""
        return self.by_sid.pop(sid, None) is not None

    def _tell(self, call: Call, recording: Recording, status: str, url: str, method: str) -> None:
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
        letter = Letter("recording", url, method, params, call.sid, is_event=True)
        self._exchange.post(letter, lambda answer: None, call)


def wav(seconds: int) -> bytes:
    """A soft tone of so many seconds: 8 kHz, 16 bit, mono."""
    data = _second() * max(1, seconds)
    head = struct.pack("<4sI4s", b"RIFF", 36 + len(data), b"WAVE")
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, _RATE, _RATE * 2, 2, 16)
    return head + form + struct.pack("<4sI", b"data", len(data)) + data


@cache
def _second() -> bytes:
    return b"".join(struct.pack("<h", int(3000 * math.sin(math.tau * 300 * n / _RATE))) for n in range(_RATE))


def mp3(seconds: int) -> bytes:
    """Silence of so many seconds: frames of 36 ms, MPEG-1 layer III, 32 kbit/s, 32 kHz, mono."""
    frame = b"\xff\xfb\x18\xc0" + bytes(140)
    return frame * math.ceil(max(1, seconds) / 0.036)
