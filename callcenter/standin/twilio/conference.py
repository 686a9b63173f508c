"""Who is in which conference, and what is told about it?"""

from typing import TYPE_CHECKING

from callcenter.standin.twilio.calls import rfc2822
from callcenter.standin.twilio.webhooks import Letter

if TYPE_CHECKING:
    from callcenter.standin.twilio.dial import DialConference
    from callcenter.standin.twilio.exchange import Exchange

_EVENTS = {
    "start": "conference-start",
    "end": "conference-end",
    "join": "participant-join",
    "leave": "participant-leave",
}


class Conference:
    """One room under one name. Starts with the second participant, once anyone present may start it."""

    def __init__(self, exchange: "Exchange", name: str) -> None:
        self.sid = exchange.new_sid("CF")
        self.name = name
        self.participants: list[DialConference] = []
        self.started = False
        self.ended = False
        self._exchange = exchange
        self._sequence = 0
        self._status_url, self._status_method = "", "POST"
        self._events: frozenset[str] = frozenset()

    def join(self, who: "DialConference") -> None:
        """A participant comes in; the first one with a status address decides where events go."""
        noun = who.noun
        if not self._status_url and "statusCallback" in noun.attributes:
            self._status_url = who.player.address(noun.get("statusCallback", "")) or ""
            self._status_method = noun.get("statusCallbackMethod", "POST")
            self._events = frozenset(noun.get("statusCallbackEvent", "start end").split())
        self.participants.append(who)
        self._tell("join", who)
        if self.started:
            for participant in self.participants:
                if not participant.call.talking:
                    participant.connect()
        elif len(self.participants) > 1 and any(self._may_start(p) for p in self.participants):
            self.started = True
            self._tell("start", None)
            for participant in list(self.participants):
                participant.connect()

    @staticmethod
    def _may_start(who: "DialConference") -> bool:
        return who.noun.flag("startConferenceOnEnter", True)

    def leave(self, who: "DialConference") -> None:
        """A participant is gone; the conference may end with it."""
        if who not in self.participants:
            return
        self.participants.remove(who)
        self._tell("leave", who)
        if who.noun.flag("endConferenceOnExit", False):
            self._end("participant-with-end-conference-on-exit-left", who)
        elif not self.participants:
            self._end("last-participant-left", who)
        elif len(self.participants) == 1 and self.started:
            self.participants[0].left_alone()

    def _end(self, reason: str, last: "DialConference") -> None:
        if self.ended:
            return
        self.ended = True
        self._exchange.conferences.forget(self)
        others, self.participants = self.participants, []
        for other in others:
            self._tell("leave", other)
        self._tell("end", None, {"ReasonConferenceEnded": reason, "CallSidEndingConference": last.call.sid})
        for other in others:
            other.conference_ended()

    def _tell(self, event: str, who: "DialConference | None", extra: dict[str, str] | None = None) -> None:
        self._sequence += 1
        if not self._status_url or event not in self._events:
            return
        params = {
            "AccountSid": self._exchange.account_sid,
            "ConferenceSid": self.sid,
            "FriendlyName": self.name,
            "SequenceNumber": str(self._sequence),
            "StatusCallbackEvent": _EVENTS[event],
            "Timestamp": rfc2822(self._exchange.now()) or "",
        }
        if who is not None:
            params["CallSid"] = who.call.sid
            params["Muted"] = who.noun.get("muted", "false")
            params["Hold"] = "false"
            params["Coaching"] = "false"
            params["StartConferenceOnEnter"] = who.noun.get("startConferenceOnEnter", "true")
            params["EndConferenceOnExit"] = who.noun.get("endConferenceOnExit", "false")
            label = who.noun.get("participantLabel", "")
            if label:
                params["ParticipantLabel"] = label
        params.update(extra or {})
        call = who.call if who is not None else None
        letter = Letter(
            "conference", self._status_url, self._status_method, params, params.get("CallSid", ""), is_event=True
        )
        self._exchange.post(letter, lambda answer: None, call)


class Conferences:
    """The rooms in use, by name."""

    def __init__(self, exchange: "Exchange") -> None:
        self._exchange = exchange
        self.by_name: dict[str, Conference] = {}

    def join(self, who: "DialConference") -> Conference | None:
        """The room it is in now, a new one when the name is not in use; None when that room is full."""
        name = who.noun.text
        conference = self.by_name.get(name)
        if conference is not None and len(conference.participants) >= who.noun.number("maxParticipants", 250):
            return None
        if conference is None:
            conference = self.by_name[name] = Conference(self._exchange, name)
        conference.join(who)
        return conference

    def forget(self, conference: Conference) -> None:
        """The room is closed; the same name opens a new one."""
        if self.by_name.get(conference.name) is conference:
            del self.by_name[conference.name]
