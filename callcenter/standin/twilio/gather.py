"""How are keys collected? The `<Gather>` verb: prompts that a key interrupts, then the digits or silence."""

from typing import TYPE_CHECKING

from callcenter.standin.twilio.sounds import Sound
from callcenter.standin.twilio.twiml import Node

if TYPE_CHECKING:
    from callcenter.standin.twilio.player import Player
    from callcenter.standin.world import Timer


class Gather:
    """Plays what it holds, listens, and asks its action with `Digits`; without a key the document goes on."""

    def __init__(self, player: "Player", node: Node) -> None:
        self._player, self._node = player, node
        self._digits = ""
        self._sound: Sound | None = None
        self._timer: Timer | None = None
        self._listening = True
        self._takes_keys = "dtmf" in node.get("input", "dtmf")

    def start(self) -> None:
        self._player.call.person.hears(self._player.call, "gather", self._node.text)
        self._play(0)

    def _play(self, index: int) -> None:
        if not self._listening or self._digits:
            return
        if index >= len(self._node.children):
            self._wait()
            return
        child = self._node.children[index]
        address = self._player.address(child.text) if child.name == "Play" else ""
        if address is not None:
            sounds = self._player.exchange.sounds
            self._sound = sounds.start(self._player.call, child, address, lambda: self._play(index + 1))

    def _wait(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        seconds = self._node.number("timeout", 5)
        self._timer = self._player.exchange.world.call_later(seconds, self._time_is_up)

    def key(self, key: str) -> None:
        if not self._listening or not self._takes_keys:
            return
        if self._sound is not None:
            self._sound.cut(self._player.exchange)
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

    def _time_is_up(self) -> None:
        if self._digits or self._node.flag("actionOnEmptyResult", False):
            self._act()
        else:
            self._give_up()

    def _give_up(self) -> None:
        self._stop()
        self._player.proceed()

    def _act(self, finished_on: str = "") -> None:
        self._stop()
        extra = {"Digits": self._digits, "msg": "Gather End"}
        if finished_on:
            extra["FinishedOnKey"] = finished_on
        self._player.go(self._node.get("action", ""), self._node.get("method", "POST"), "action", extra)

    def _stop(self) -> None:
        self._listening = False
        if self._timer is not None:
            self._timer.cancel()
        if self._sound is not None:
            self._sound.cut(self._player.exchange)

    def cut(self, gone: bool) -> bool:
        """A caller who hangs up here causes no request."""
        self._stop()
        return False
