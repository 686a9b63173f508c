"""The `<Record>` verb: a beep, then the person's speech until silence, a key, the time limit or the end of the call."""

from collections.abc import Callable
from datetime import datetime

from callcenter.standin.log import Heard
from callcenter.standin.twilio.calls import Speech
from callcenter.standin.twilio.documents import notify_action
from callcenter.standin.twilio.recordings import Recording, Recordings
from callcenter.standin.twilio.twiml import Node
from callcenter.standin.twilio.verbs import CallControl, Playback
from callcenter.standin.world import Timer


class Record:
    """Records what the person says. After silence from the start, no action is requested and the next verb follows."""

    def __init__(self, playback: Playback, node: Node, recordings: Recordings, calls: CallControl) -> None:
        self._playback, self._node = playback, node
        self._platform = playback.platform
        self._recordings, self._calls = recordings, calls
        self._began: datetime | None = None
        self._speech = Speech()
        self._timers: list[Timer] = []
        self._heard: Heard | None = None
        self._over = False

    def start(self) -> None:
        platform, call = self._platform, self._playback.call
        beep_s = platform.timing.beep_s if self._node.flag("playBeep", True) else 0.0
        if beep_s:
            platform.hear(call, "beep", "", beep_s)
        self._timers.append(platform.world.call_later(beep_s, self._listen))

    def _listen(self) -> None:
        call = self._playback.call
        self._began = self._platform.now()
        self._heard = self._platform.hear(call, "record", "", None)
        self._speech = call.person.speech(call)
        spoken_s = min(self._speech.seconds, self._node.number("maxLength", 3600))
        if spoken_s <= 0:
            self._later(self._node.number("timeout", 5), self._end_silent)
        elif spoken_s < self._speech.seconds:
            self._later(spoken_s, lambda: self._finish(spoken_s))
        elif self._speech.then == "hangs_up":
            self._later(spoken_s, lambda: self._calls.hang_up(call))
        elif self._speech.then == "hash":
            self._later(spoken_s, lambda: self.key("#"))
        else:
            self._later(spoken_s + self._node.number("timeout", 5), lambda: self._finish(spoken_s))

    def _later(self, seconds: float, fn: Callable[[], object]) -> None:
        self._timers.append(self._platform.world.call_later(seconds, fn))

    def key(self, key: str) -> None:
        keys = self._node.get("finishOnKey", "1234567890*#")
        if self._began is None or self._over or key not in keys:
            return
        spoken_s = self._spoken_s()
        if spoken_s > 0:
            self._finish(spoken_s, key)
        else:
            self._end_silent()

    def _spoken_s(self) -> float:
        """Seconds of speech up to now."""
        if self._began is None:
            return 0.0
        return min((self._platform.now() - self._began).total_seconds(), self._speech.seconds)

    def _stop(self) -> None:
        self._over = True
        for timer in self._timers:
            timer.cancel()
        if self._heard is not None:
            self._heard.until = self._platform.now()

    def _end_silent(self) -> None:
        self._stop()
        self._report_absent()
        self._playback.proceed()

    def _report_absent(self) -> None:
        if "absent" in self._node.get("recordingStatusCallbackEvent", "completed").split():
            self._recordings.absent(self._playback.call, *self._status_address())

    def _finish(self, spoken_s: float, key: str = "") -> None:
        self._stop()
        recording = self._store(spoken_s)
        extra = _action_params(recording, key)
        self._playback.go(self._node.get("action", ""), self._node.get("method", "POST"), "action", extra)

    def _store(self, spoken_s: float) -> Recording:
        call = self._playback.call
        call.recorded_s += spoken_s
        assert self._began is not None
        wants = "completed" in self._node.get("recordingStatusCallbackEvent", "completed").split()
        url, method = self._status_address()
        return self._recordings.add(call, spoken_s, self._began, url if wants else "", method)

    def _status_address(self) -> tuple[str, str]:
        text = self._node.get("recordingStatusCallback", "")
        url = self._playback.address(text) if text else ""
        return url or "", self._node.get("recordingStatusCallbackMethod", "POST")

    def cut(self, gone: bool) -> bool:
        """Stop; the speech so far is stored. After a hang-up the action is requested, and its answer ignored."""
        if self._over:
            return False
        spoken_s = self._spoken_s()
        self._stop()
        if spoken_s < 1:
            if gone:
                self._report_absent()
            return False
        recording = self._store(spoken_s)
        if not gone:
            return False
        playback = self._playback
        url = playback.address(self._node.get("action", "")) if "action" in self._node.attributes else playback.url
        if url:
            extra = _action_params(recording, "hangup")
            notify_action(self._platform, playback.call, url, self._node.get("method", "POST"), extra)
        return bool(url)


def _action_params(recording: Recording, digits: str) -> dict[str, str]:
    return {
        "RecordingUrl": recording.url,
        "RecordingSid": recording.sid,
        "RecordingDuration": str(recording.duration_s),
        "Digits": digits,
    }
