"""What became of a call that is not stored, by what Twilio tells: its call list, and the documents that it requested.

A talk is told by the documents: the caller and a consultant's leg entered the same conference. While Twilio has no
documents of a call, only its length tells: a mobile that was picked up for longer than the question could be asked was
in a talk. What neither tells stays unknown, and never counts as answered.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from callcenter.calls.stages import SPOKE_S
from callcenter.telephony.listed_calls import Asked, ListedCall

# The consultant is asked twice to press 1, and after a wrong key twice more. Nobody's mobile is held longer without 1.
LONGEST_QUESTION_S = 90
# Twilio's list has a resolution of one second, and a conference ends a moment after its first participant left.
_ABOUT = timedelta(seconds=3)
# After the consultant has left, the caller may hear the survey and a farewell.
_AFTER_TALK = timedelta(seconds=45)

_CONFERENCE = re.compile(r"<Conference\b[^>]*>([^<]+)</Conference>")
_OFFERS_MESSAGE = re.compile(r"/webhooks/(?:call/\d+|voice/fallback)/(?:record|recorded|keyed|checked)\b")
_OUR_DOCUMENT = "<Response"
_OUR_CALL = re.compile(r"/webhooks/call/\d+/(\w+)")
_OUR_KEY = re.compile(r"/webhooks/leg/\d+/key")
_ONE, _WRONG = "1", "2"


@dataclass(frozen=True, slots=True)
class RungLeg:
    """A listed call to a consultant's mobile. asked: the documents that it requested, as far as Twilio tells."""

    consultant: str
    call: ListedCall
    asked: Sequence[Asked] = ()

    @property
    def is_long(self) -> bool:
        """Whether it was picked up for longer than a question that nobody answers."""
        return self.call.picked_up_at is not None and (self.call.duration_s or 0) > LONGEST_QUESTION_S

    def was_up_at(self, at: datetime) -> bool:
        """Whether it was picked up and not over at an instant (UTC)."""
        up, over = self.call.picked_up_at, self.call.over_at
        return up is not None and over is not None and up - _ABOUT <= at <= over + _ABOUT

    @property
    def accepted_at(self) -> datetime | None:
        """When 1 was pressed in time to take the call (UTC), None when that is not told."""
        for one in self.asked:
            if _OUR_KEY.search(one.path) and one.params.get("digits") == _ONE and _lets_through(one.document):
                return one.at or self.call.picked_up_at
        return None


@dataclass(frozen=True, slots=True)
class Talk:
    """A talk with a consultant over a leg; instants are UTC. by_length: only the leg's length tells of it."""

    leg: RungLeg
    began_at: datetime
    ended_at: datetime
    by_length: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """What became of a call.

    told: whether documents of ours tell of it; unsure: the consultants whose mobiles were picked up while the call
    waited, if nothing tells whether one of them spoke with the caller; message_at: when a message or a callback was
    offered (UTC); keyed: the number that was keyed in, as its digits; survey: the key of the answer.
    """

    told: bool = False
    talk: Talk | None = None
    unsure: tuple[str, ...] = ()
    message_at: datetime | None = None
    wants_callback: bool = False
    keyed: str | None = None
    survey: str | None = None


@dataclass(frozen=True, slots=True)
class Lost:
    """A call that is not stored, with the documents that it requested: none while Twilio has not told.

    legs: those that could be its own: they began while it lasted.
    """

    call: ListedCall
    asked: Sequence[Asked] = ()
    legs: Sequence[RungLeg] = field(default_factory=tuple)


def could_be_of(call: ListedCall, leg: ListedCall) -> bool:
    """Whether a listed leg can have been rung for this call: it began while the call lasted, or the call dialled it."""
    if leg.parent_sid is not None:
        return leg.parent_sid == call.sid
    began, over, at = call.started_at, call.over_at, leg.started_at
    if began is None or over is None or at is None:
        return False
    return began - _ABOUT <= at <= over + _ABOUT


def retell(lost: Lost, rivals: Iterable[ListedCall] = (), spoken_for: Collection[str] = ()) -> Story:
    """What became of a lost call.

    rivals: the other calls to the line at that time; spoken_for: sids of legs that belong to another call's talk.
    """
    legs = [leg for leg in lost.legs if leg.call.sid not in spoken_for]
    if not lost.asked:
        return _by_length(lost.call, legs, [other for other in rivals if other.sid != lost.call.sid])
    ours = [one for one in lost.asked if _OUR_DOCUMENT in one.document]
    if not ours:
        return Story()  # we were away, so nobody was rung
    talk, unsure = _talk(lost.call, ours, legs)
    offers = (one for one in ours if _OFFERS_MESSAGE.search(one.document) or _asks_callback(one))
    message_at = next((one.at or lost.call.over_at for one in offers), None)
    if talk is not None and message_at is not None and _left_at_once(talk, message_at):
        talk = None
    return Story(
        told=True,
        talk=talk,
        unsure=() if talk else tuple(sorted({leg.consultant for leg in unsure})),
        message_at=message_at,
        wants_callback=any(_asks_callback(one) for one in ours),
        keyed=_keyed(ours),
        survey=next((one.params.get("digits") for one in ours if _step(one) == "survey"), None),
    )


def _left_at_once(talk: Talk, message_at: datetime) -> bool:
    """Whether the consultant left as the caller joined: the search went on then, and it ended with an offer."""
    return talk.began_at < message_at and talk.ended_at - talk.began_at < timedelta(seconds=SPOKE_S)


def _talk(call: ListedCall, ours: Sequence[Asked], legs: Sequence[RungLeg]) -> tuple[Talk | None, Sequence[RungLeg]]:
    """The talk that the documents tell of, else the legs of which they do not tell enough."""
    joined = [(name[1], one.at) for one in ours if (name := _CONFERENCE.search(one.document))]
    if joined:
        # A consultant who left at once was replaced: the last conference is the talk. The caller may be put back in it.
        conference = joined[-1][0]
        at = next(at for name, at in joined if name == conference)
        inside = [leg for leg in legs if any(_enters(one, conference) for one in leg.asked)]
        up = [leg for leg in legs if not leg.asked and (at is None or leg.was_up_at(at))]
        found = inside or up
        if len(found) == 1:
            return _between(call, found[0], at), ()
        return None, found
    dialled = [leg for leg in legs if leg.call.parent_sid == call.sid and leg.call.picked_up_at is not None]
    for leg in dialled:
        if leg.accepted_at is not None or (leg.is_long and not leg.asked):
            return _between(call, leg, leg.accepted_at, by_length=leg.accepted_at is None), ()
    return None, [leg for leg in dialled if not leg.asked]


def _by_length(call: ListedCall, legs: Sequence[RungLeg], rivals: Sequence[ListedCall]) -> Story:
    """What the lengths of the calls alone tell: a long leg that ended with this call and can be of no other one."""
    up = [leg for leg in legs if leg.call.picked_up_at is not None]
    own = [
        leg
        for leg in up
        if leg.is_long and _ended_with(call, leg.call) and not any(could_be_of(one, leg.call) for one in rivals)
    ]
    if len(own) == 1:
        return Story(talk=_between(call, own[0], None, by_length=True))
    return Story(unsure=tuple(sorted({leg.consultant for leg in up})))


def _ended_with(call: ListedCall, leg: ListedCall) -> bool:
    over, leg_over = call.over_at, leg.over_at
    return over is not None and leg_over is not None and leg_over - _ABOUT <= over <= leg_over + _AFTER_TALK


def _between(call: ListedCall, leg: RungLeg, began_at: datetime | None, *, by_length: bool = False) -> Talk | None:
    up, over, leg_over = leg.call.picked_up_at, call.over_at, leg.call.over_at
    began = began_at or up
    if began is None or over is None or leg_over is None:
        return None
    return Talk(leg, began, max(began, min(over, leg_over)), by_length)


def _enters(one: Asked, conference: str) -> bool:
    name = _CONFERENCE.search(one.document)
    return name is not None and name[1] == conference


def _lets_through(document: str) -> bool:
    """Whether the answer to a pressed 1 connects the two, rather than telling that it is too late."""
    return "<Conference" in document or "<Hangup" not in document


def _step(one: Asked) -> str:
    found = _OUR_CALL.search(one.path)
    return found[1] if found else ""


def _asks_callback(one: Asked) -> bool:
    """Whether the caller asked by key to be called back, and was told that this will be done."""
    said = one.params.get("digits") == _ONE
    return _step(one) == "choice" and said and "<Hangup" in one.document and not _OUR_CALL.search(one.document)


def _keyed(documents: Iterable[Asked]) -> str | None:
    """The digits of the number that the caller keyed in last and did not call wrong."""
    digits: str | None = None
    for one in documents:
        if _step(one) == "keyed":
            digits = one.params.get("digits") if "/checked" in one.document else None
        elif _step(one) == "checked" and one.params.get("digits") == _WRONG:
            digits = None
    return digits
