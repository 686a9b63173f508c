"""Talks between two people on the line: their begin, their end, and those that a REST request cut off."""

from callcenter.standin.log import Torn
from callcenter.standin.twilio.calls import Call
from callcenter.standin.twilio.platform import Platform


class Talks:
    """Marks calls as talking. torn: the talks that a REST request ended while both sides were there."""

    def __init__(self, platform: Platform) -> None:
        self.torn: list[Torn] = []
        self._platform = platform

    def start(self, call: Call) -> None:
        """From now on this side hears the other. Does nothing when it already does, or when the call has ended."""
        if call.talking or not call.is_live:
            return
        call.talking, call.talk_since = True, self._platform.now()
        if call.torn is not None and call.torn.mended_at is None:
            call.torn.mended_at = call.talk_since
        call.first_talk_at = call.first_talk_at or call.talk_since
        call.talk_heard = self._platform.hear(call, "talk", "", None)
        call.person.connected(call)

    def stop(self, call: Call) -> None:
        """The other side is gone. Does nothing outside a talk."""
        if not call.talking or call.talk_since is None:
            return
        call.talking = False
        call.talk_s += (self._platform.now() - call.talk_since).total_seconds()
        if call.talk_heard is not None:
            call.talk_heard.until = self._platform.now()

    def note_torn(self, call: Call, how: str) -> None:
        """A REST request (`redirect` or `completed`) is about to take this call out of its talk, if it is in one."""
        if call.talking:
            call.torn = Torn(self._platform.now(), call.sid, how)
            self.torn.append(call.torn)
