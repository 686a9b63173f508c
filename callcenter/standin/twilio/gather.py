"""The `<Gather>` verb: plays prompts that a key interrupts, then collects keys until they are complete or time out."""

from callcenter.standin.twilio.sounds import Sound, Sounds
from callcenter.standin.twilio.twiml import Node
from callcenter.standin.twilio.verbs import Playback
from callcenter.standin.world import Timer


class Gather:
    """Plays its children, listens, and requests its action with `Digits`. Without a key the next verb follows."""

    def __init__(self, playback: Playback, node: Node, sounds: Sounds) -> None:
        self._playback, self._node, self._sounds = playback, node, sounds
        self._digits = ""
        self._sound: Sound | None = None
        self._timer: Timer | None = None
        self._listening = True
        self._takes_keys = "dtmf" in node.get("input", "dtmf")

    def start(self) -> None:
        self._playback.call.person.hears(self._playback.call, "gather", self._node.text)
        self._play(0)

    def _play(self, index: int) -> None:
        if not self._listening or self._digits:
            return
        if index >= len(self._node.children):
            self._wait()
            return
        child = self._node.children[index]
        address = self._playback.address(child.text) if child.name == "Play" else ""
        if address is not None:
            call = self._playback.call
            self._sound = self._sounds.start(call, child, address, lambda: self._play(index + 1))

    def _wait(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        seconds = self._node.number("timeout", 5)
        self._timer = self._playback.platform.world.call_later(seconds, self._time_out)

    def key(self, key: str) -> None:
        if not self._listening or not self._takes_keys:
            return
        if self._sound is not None:
            self._sound.cut(self._playback.platform.now())
        if key == self._node.get("finishOnKey", "#"):
            if self._digits or self._node.flag("actionOnEmptyResult", False):
                self._act(finished_on=key)
            else:
                self._give_up()
            return
        self._digits += key
        if len(self._digits) >= self._node.number("numDigits", 1_000_000):
            self._act()
        else:
            self._wait()

    def _time_out(self) -> None:
        if self._digits or self._node.flag("actionOnEmptyResult", False):
            self._act()
        else:
            self._give_up()

    def _give_up(self) -> None:
        self._stop()
        self._playback.proceed()

    def _act(self, finished_on: str = "") -> None:
        self._stop()
        extra = {"Digits": self._digits, "msg": "Gather End"}
        if finished_on:
            extra["FinishedOnKey"] = finished_on
        self._playback.go(self._node.get("action", ""), self._node.get("method", "POST"), "action", extra)

    def _stop(self) -> None:
        self._listening = False
        if self._timer is not None:
            self._timer.cancel()
        if self._sound is not None:
            self._sound.cut(self._playback.platform.now())

    def cut(self, gone: bool) -> bool:
        """Stop without a request, also when the caller hangs up."""
        self._stop()
        return False
