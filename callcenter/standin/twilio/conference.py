"""Conferences: their participants, their start and end, and the status callbacks about them."""

from collections.abc import Callable
from typing import Protocol

from callcenter.standin.twilio.calls import Call, rfc2822
from callcenter.standin.twilio.platform import Platform
from callcenter.standin.twilio.twiml import Node
from callcenter.standin.twilio.webhooks import WebhookRequest

_EVENTS = {
    "start": "conference-start",
    "end": "conference-end",
    "join": "participant-join",
    "leave": "participant-leave",
}


class Participant(Protocol):
    """A call that is in a conference by a `<Dial><Conference>`."""

    @property
    def call(self) -> Call: ...

    @property
    def noun(self) -> Node:
        """The `<Conference>` with its attributes."""

    def address(self, text: str) -> str | None:
        """An address in its document, made absolute; None when that is impossible."""

    def connect(self) -> None:
        """The conference has started, and somebody else is in it."""

    def left_alone(self) -> None:
        """The last other participant has left."""

    def conference_ended(self) -> None:
        """The conference has ended because another participant left."""


class Conference:
    """One conference. It starts at the second participant, once somebody present may start it.

    on_end: called when it has ended.
    """

    def __init__(self, platform: Platform, name: str, on_end: "Callable[[Conference], None]") -> None:
        self.sid = platform.new_sid("CF")
        self.name = name
        self.participants: list[Participant] = []
        self.started = False
        self.ended = False
        self._platform, self._on_end = platform, on_end
        self._sequence = 0
        self._status_url, self._status_method = "", "POST"
        self._events: frozenset[str] = frozenset()

    def join(self, participant: Participant) -> None:
        """Add a participant. The first one with a status address decides where all events go."""
        noun = participant.noun
        if not self._status_url and "statusCallback" in noun.attributes:
            self._status_url = participant.address(noun.get("statusCallback", "")) or ""
            self._status_method = noun.get("statusCallbackMethod", "POST")
            self._events = frozenset(noun.get("statusCallbackEvent", "start end").split())
        self.participants.append(participant)
        self._send_event("join", participant)
        if self.started:
            for member in self.participants:
                if not member.call.talking:
                    member.connect()
        elif len(self.participants) > 1 and any(self._may_start(member) for member in self.participants):
            self.started = True
            self._send_event("start", None)
            for member in list(self.participants):
                member.connect()

    @staticmethod
    def _may_start(participant: Participant) -> bool:
        return participant.noun.flag("startConferenceOnEnter", True)

    def leave(self, participant: Participant) -> None:
        """Remove a participant, which may end the conference. Does nothing when it is not in it."""
        if participant not in self.participants:
            return
        self.participants.remove(participant)
        self._send_event("leave", participant)
        if participant.noun.flag("endConferenceOnExit", False):
            self._end("participant-with-end-conference-on-exit-left", participant)
        elif not self.participants:
            self._end("last-participant-left", participant)
        elif len(self.participants) == 1 and self.started:
            self.participants[0].left_alone()

    def _end(self, reason: str, last: Participant) -> None:
        if self.ended:
            return
        self.ended = True
        self._on_end(self)
        others, self.participants = self.participants, []
        for other in others:
            self._send_event("leave", other)
        self._send_event("end", None, {"ReasonConferenceEnded": reason, "CallSidEndingConference": last.call.sid})
        for other in others:
            other.conference_ended()

    def _send_event(self, event: str, participant: Participant | None, extra: dict[str, str] | None = None) -> None:
        self._sequence += 1
        if not self._status_url or event not in self._events:
            return
        params = {
            "AccountSid": self._platform.account_sid,
            "ConferenceSid": self.sid,
            "FriendlyName": self.name,
            "SequenceNumber": str(self._sequence),
            "StatusCallbackEvent": _EVENTS[event],
            "Timestamp": rfc2822(self._platform.now()) or "",
        }
        if participant is not None:
            params["CallSid"] = participant.call.sid
            params["Muted"] = participant.noun.get("muted", "false")
            params["Hold"] = "false"
            params["Coaching"] = "false"
            params["StartConferenceOnEnter"] = participant.noun.get("startConferenceOnEnter", "true")
            params["EndConferenceOnExit"] = participant.noun.get("endConferenceOnExit", "false")
            label = participant.noun.get("participantLabel", "")
            if label:
                params["ParticipantLabel"] = label
        params.update(extra or {})
        call = participant.call if participant is not None else None
        request = WebhookRequest(
            "conference", self._status_url, self._status_method, params, params.get("CallSid", ""), is_event=True
        )
        self._platform.send(request, lambda answer: None, call)


class Conferences:
    """The conferences in use, by name."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self.by_name: dict[str, Conference] = {}

    def join(self, participant: Participant) -> Conference | None:
        """Add a participant to the conference that its noun names, new or existing. Returns None when that is full."""
        name = participant.noun.text
        conference = self.by_name.get(name)
        if conference is not None and len(conference.participants) >= participant.noun.number("maxParticipants", 250):
            return None
        if conference is None:
            conference = self.by_name[name] = Conference(self._platform, name, self._forget)
        conference.join(participant)
        return conference

    def _forget(self, conference: Conference) -> None:
        if self.by_name.get(conference.name) is conference:
            del self.by_name[conference.name]
