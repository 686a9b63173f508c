"""Whose call is this: a caller's, a colleague's, one that a colleague's mobile sent on, or our own leg coming back?"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WhoseCall:
    """What is known of a call before anybody is asked.

    own_leg: it is a leg of ours that a mobile sent back, and no call; number: the caller's, None when it is withheld
    or not the caller's own; rescued_for: the consultant who was dialled directly and whose mobile sent the caller on;
    staff: the consultant who rings the line.
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
    """Judge a call by what the carrier tells of it.

    Consultants send their mobiles on to the line when they do not answer, so a leg of ours may come back. It bears
    the line's number, which is ours beyond doubt. A carrier that shows something else shows the mobile's own number
    or none; then it is ours while we ring that mobile. A number of anybody else is a caller, whatever we ring.

    number, forwarded_from: E.164, None when not told; from_a_line: the number is one of the office's lines;
    mobiles: consultants by mobile; ringing: the mobiles that we ring now and that nobody has answered.
    """
    if from_a_line or number in ringing or (number is None and forwarded_from in ringing):
        return WhoseCall(number, own_leg=True)
    sent_on_by = mobiles.get(forwarded_from) if forwarded_from else None
    staff = mobiles.get(number) if number else None
    if staff is not None and number == forwarded_from:
        # The carrier shows the mobile in the place of whoever rang it: somebody whose number we do not know.
        return WhoseCall(None, rescued_for=staff)
    return WhoseCall(number, rescued_for=sent_on_by, staff=staff)
