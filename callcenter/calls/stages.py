"""The stages of a call and the transitions between them, the outcomes of calls and the results of legs."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum


class Stage(StrEnum):
    """The stage of a call: what the caller is doing."""

    HUNTING = "hunting"  # in the hold loop while mobiles ring
    DIALLING = "dialling"  # REST is down: one mobile is rung by <Dial>
    CONNECTING = "connecting"  # a consultant pressed 1; the caller is being redirected
    TALKING = "talking"
    SURVEYING = "surveying"
    OFFERING = "offering"  # heard that nobody can answer, or that the office is closed; may choose
    KEYING = "keying"  # keys in a number, because we have none that we may call back
    RECORDING = "recording"
    CONFIRMING = "confirming"  # hears the confirmation of the message or callback
    ENDED = "ended"


class Outcome(StrEnum):
    """The outcome of a call; fixed once."""

    ANSWERED = "answered"
    VOICEMAIL = "voicemail"
    CALLBACK_REQUESTED = "callback_requested"
    MISSED = "missed"
    ABANDONED = "abandoned"
    CLOSED = "closed"
    REJECTED = "rejected"
    FAILED = "failed"


class LegResult(StrEnum):
    """The result of a leg."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    VOICEMAIL = "voicemail"  # picked up, nobody pressed 1
    TOO_LATE = "too_late"
    CANCELLED = "cancelled"
    FAILED = "failed"


# The `state` of the API for each stage.
STATE: Mapping[Stage, str] = {
    Stage.HUNTING: "ringing",
    Stage.DIALLING: "ringing",
    Stage.CONNECTING: "ringing",
    Stage.TALKING: "connected",
    Stage.SURVEYING: "connected",
    Stage.OFFERING: "message",
    Stage.KEYING: "message",
    Stage.RECORDING: "message",
    Stage.CONFIRMING: "message",
    Stage.ENDED: "ended",
}

# None: a call without a stage yet. It begins at RECORDING when a message at the fallback address is its first request.
TRANSITIONS: Mapping[Stage | None, frozenset[Stage]] = {
    None: frozenset({Stage.HUNTING, Stage.OFFERING, Stage.KEYING, Stage.RECORDING, Stage.ENDED}),
    Stage.HUNTING: frozenset(
        {Stage.CONNECTING, Stage.DIALLING, Stage.OFFERING, Stage.KEYING, Stage.CONFIRMING, Stage.ENDED}
    ),
    Stage.DIALLING: frozenset({Stage.HUNTING, Stage.TALKING, Stage.ENDED}),
    Stage.CONNECTING: frozenset({Stage.TALKING, Stage.HUNTING, Stage.ENDED}),
    Stage.TALKING: frozenset({Stage.SURVEYING, Stage.HUNTING, Stage.ENDED}),
    Stage.SURVEYING: frozenset({Stage.ENDED}),
    Stage.OFFERING: frozenset({Stage.KEYING, Stage.RECORDING, Stage.CONFIRMING, Stage.ENDED}),
    Stage.KEYING: frozenset({Stage.RECORDING, Stage.CONFIRMING, Stage.ENDED}),
    Stage.RECORDING: frozenset({Stage.CONFIRMING, Stage.ENDED}),
    Stage.CONFIRMING: frozenset({Stage.RECORDING, Stage.ENDED}),
    Stage.ENDED: frozenset(),
}

# A shorter connection is no talk: one of the two had left when the other joined. In seconds.
SPOKE_S = 3.0
# A consultant's leg that lasted longer than this had a talk in it: the question, the key and the caller's way into the
# conference take less.
_LONGER_THAN_A_QUESTION_S = 15.0
WAITING = frozenset({Stage.HUNTING, Stage.DIALLING, Stage.CONNECTING})


def was_talk(joined_at: datetime, left_at: datetime, picked_up_at: datetime | None) -> bool:
    """Whether the two could speak. All instants are UTC, and may come from the clocks of different hosts.

    joined_at: when the caller joined the consultant; left_at: when the first of them left; picked_up_at: when the
    consultant picked up. An end before the beginning shows that the clocks differ, by up to a minute
    (docs/operations.md). Then the length of the consultant's leg decides.
    """
    if left_at >= joined_at:
        return (left_at - joined_at).total_seconds() >= SPOKE_S
    return picked_up_at is not None and (left_at - picked_up_at).total_seconds() > _LONGER_THAN_A_QUESTION_S
