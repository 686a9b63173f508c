"""Classifies an inbound call: from a caller, from a consultant, forwarded by a consultant's mobile, or our own leg."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WhoseCall:
    """The origin of an inbound call.

    own_leg: it is one of our legs, which a mobile forwarded back to the line; number: the caller's, None when it is
    withheld or not the caller's own; rescued_for: the consultant who was dialled directly and whose mobile forwarded
    the caller; staff: the consultant who rings the line.
    """

    number: str | None = None
    own_leg: bool = False
    rescued_for: str | None = None
    staff: str | None = None


def whose_call(
    number: str | None,
    forwarded_from: str | None,
    *,
    from_a_line: bool,
    mobiles: Mapping[str, str],
    ringing: Collection[str],
) -> WhoseCall:
    """Classify a call by the numbers that the carrier reports.

    Consultants forward unanswered calls from their mobiles to the line, so one of our own legs may come back. It
    mostly shows the line's number, which proves that it is ours. Some carriers show the mobile's own number or none;
    then it is ours if that mobile is ringing for one of our legs. Any other number is a caller's.

    number, forwarded_from: E.164, None when not reported; from_a_line: `number` is one of the office's lines;
    mobiles: consultants by mobile; ringing: the mobiles that ring for one of our legs.
    """
    if from_a_line or number in ringing or (number is None and forwarded_from in ringing):
        return WhoseCall(number, own_leg=True)
    sent_on_by = mobiles.get(forwarded_from) if forwarded_from else None
    staff = mobiles.get(number) if number else None
    if staff is not None and number == forwarded_from:
        # The carrier shows the mobile's number in place of the caller's, which therefore is unknown.
        return WhoseCall(None, rescued_for=staff)
    return WhoseCall(number, rescued_for=sent_on_by, staff=staff)
