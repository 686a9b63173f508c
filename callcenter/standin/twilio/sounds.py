"""Plays `<Say>`, `<Play>` and `<Pause>`: speech lasts by its length, audio by its file, which is fetched once."""

import struct
from collections.abc import Callable
from datetime import datetime

from callcenter.standin.log import Heard
from callcenter.standin.transport import Answer
from callcenter.standin.twilio.calls import Call
from callcenter.standin.twilio.platform import Platform
from callcenter.standin.twilio.twiml import Node
from callcenter.standin.twilio.webhooks import WebhookRequest
from callcenter.standin.world import Timer

_FOR_EVER = 1000  # repetitions for loop="0", which Twilio repeats without end


class Sound:
    """One `<Say>`, `<Play>` or `<Pause>` that is being heard."""

    def __init__(self) -> None:
        self.timer: Timer | None = None
        self.heard: Heard | None = None
        self.is_cut = False

    def cut(self, now: datetime) -> None:
        """End it at this instant; what would follow it is not called."""
        self.is_cut = True
        if self.timer is not None:
            self.timer.cancel()
        if self.heard is not None:
            self.heard.until = min(self.heard.until, now)


class Sounds:
    """Plays the audible verbs, and caches the length of each audio file by its address."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._seconds: dict[str, float] = {}

    def start(self, call: Call, node: Node, address: str, done: Callable[[], None]) -> Sound:
        """Begin to play a verb; `done` is called at its end. address: the absolute address of a `<Play>`."""
        sound = Sound()
        if node.name == "Pause":
            self._run(sound, call, "pause", "", node.number("length", 1), done)
        elif node.name == "Say":
            once_s = len(node.text) / self._platform.timing.chars_per_s
            self._run(sound, call, "say", node.text, once_s * _times(node), done)
        elif "digits" in node.attributes:
            self._run(sound, call, "play", node.get("digits", ""), 0.3 * len(node.get("digits", "")), done)
        else:
            self._play(sound, call, node, address, done)
        return sound

    def _play(self, sound: Sound, call: Call, node: Node, address: str, done: Callable[[], None]) -> None:
        known = self._seconds.get(address)
        if known is not None:
            self._run(sound, call, "play", address, known * _times(node), done)
            return

        def fetched(answer: Answer) -> None:
            if answer.error:
                seconds = self._platform.timing.unknown_play_s
            elif answer.ok:
                seconds = seconds_of(answer.body) or self._platform.timing.unknown_play_s
            else:
                self._platform.alert(11200, f"<Play>: HTTP {answer.status}", call.sid, address)
                seconds = 0.0
            if not answer.error and answer.ok:
                self._seconds[address] = seconds
            if not sound.is_cut:
                self._run(sound, call, "play", address, seconds * _times(node), done)

        self._platform.send(WebhookRequest("media", address, "GET", {}, call.sid), fetched, call)

    def _run(self, sound: Sound, call: Call, what: str, text: str, seconds: float, done: Callable[[], None]) -> None:
        sound.heard = self._platform.hear(call, what, text, seconds)
        sound.timer = self._platform.world.call_later(seconds, done)


def _times(node: Node) -> int:
    return int(node.number("loop", 1)) or _FOR_EVER


def seconds_of(audio: bytes) -> float | None:
    """The length in seconds of a WAV file (any coding) or a constant-rate MP3 file; None for anything else."""
    if audio[:4] == b"RIFF" and audio[8:12] == b"WAVE":
        return _wav_seconds(audio)
    return _mp3_seconds(audio)


def _wav_seconds(audio: bytes) -> float | None:
    position, rate = 12, 0
    while position + 8 <= len(audio):
        name, size = audio[position : position + 4], struct.unpack_from("<I", audio, position + 4)[0]
        if name == b"fmt ":
            rate = struct.unpack_from("<I", audio, position + 16)[0]
        elif name == b"data":
            return float(min(size, len(audio) - position - 8) / rate) if rate else None
        position += 8 + size + size % 2
    return None


_KBPS_V1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
_KBPS_V2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)


def _mp3_seconds(audio: bytes) -> float | None:
    start = 0
    if audio[:3] == b"ID3" and len(audio) > 10:
        start = 10 + ((audio[6] << 21) | (audio[7] << 14) | (audio[8] << 7) | audio[9])
    header = audio[start : start + 4]
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return None
    table = _KBPS_V1 if header[1] & 0x18 == 0x18 else _KBPS_V2
    kbps = table[header[2] >> 4]
    return (len(audio) - start) * 8 / (kbps * 1000) if kbps else None
