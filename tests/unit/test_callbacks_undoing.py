"""What an undo puts back of a callback: what the deed changed, and never the judgement of a promise that has passed."""

from datetime import timedelta
from typing import Any

import pytest

from callcenter.access.undo_rules import SHOWN_FOR, TAKEN_FOR, why_not
from callcenter.callbacks.keeping import Promised, after_undo, is_broken
from callcenter.callbacks.undoing import FIELDS, change_of, put_back
from tests.support.small_office import at

MADE, DUE, LATER = at("8 08:00"), at("8 09:00"), at("8 10:00")
OWED = Promised(MADE, DUE)


def values(**some: Any) -> dict[str, Any]:
    return dict.fromkeys(FIELDS) | some


@pytest.mark.parametrize("seconds", [0, 10, 30])
def test_the_one_who_did_it_may_take_it_back_for_half_a_minute(seconds: int) -> None:
    expires = MADE + TAKEN_FOR
    assert why_not(1, None, expires, 1, MADE + timedelta(seconds=seconds)) is None
    assert SHOWN_FOR < TAKEN_FOR


def test_an_undo_is_refused_to_others_and_when_it_is_used_or_over() -> None:
    expires = MADE + TAKEN_FOR
    assert why_not(1, None, expires, 2, MADE) == "unknown"
    assert why_not(1, MADE, expires, 1, MADE) == "used"
    assert why_not(1, None, expires, 1, expires + timedelta(microseconds=1)) == "over"


@pytest.mark.parametrize(
    ("present", "afterwards"),
    [
        (Promised(MADE, DUE, withdrawn_at=MADE), OWED),  # cancelled
        (Promised(MADE, DUE, kept_at=MADE), OWED),  # reached by a slip of the thumb
        (Promised(MADE, DUE - timedelta(minutes=30)), OWED),  # a call by hand made it earlier
    ],
)
def test_a_time_that_lies_ahead_is_as_it_was(present: Promised, afterwards: Promised) -> None:
    assert after_undo([OWED], [present], MADE + timedelta(seconds=9)) == [afterwards]


def test_the_time_of_an_appointment_that_was_a_slip_goes() -> None:
    present = [Promised(MADE, DUE, withdrawn_at=MADE), Promised(MADE, LATER)]
    assert after_undo([OWED], present, MADE + timedelta(seconds=9)) == [OWED]


def test_a_time_that_passed_while_it_was_cancelled_is_broken() -> None:
    late = DUE + timedelta(seconds=5)
    (one,) = after_undo([OWED], [Promised(MADE, DUE, withdrawn_at=DUE)], late)
    assert is_broken(one, late)


@pytest.mark.parametrize("before", [Promised(MADE, DUE, withdrawn_at=MADE), Promised(MADE, DUE, kept_at=MADE)])
def test_an_undo_mends_no_broken_promise(before: Promised) -> None:
    late = DUE + timedelta(seconds=5)
    (one,) = after_undo([before], [OWED], late)
    assert is_broken(one, late)


def test_a_promise_that_counted_as_kept_stays_so() -> None:
    kept = Promised(MADE, DUE, kept_at=DUE - timedelta(seconds=2))
    assert after_undo([OWED], [kept], DUE + timedelta(seconds=5)) == [kept]


def test_only_what_the_deed_changed_goes_back() -> None:
    before = values(owner="CEM", notified_at=MADE)
    after = values(owner="BRA", notified_at=None)
    change = change_of(before, after)
    present = values(owner="BRA", notified_at=None, lead_warned_at=LATER)
    assert put_back(change, present, LATER) == {"owner": "CEM", "notified_at": MADE}


@pytest.mark.parametrize(("told", "marked"), [(False, None), (True, LATER)])
def test_an_owner_who_heard_of_the_new_time_hears_that_it_changed_again(told: bool, marked: Any) -> None:
    change = change_of(values(owner="CEM", due_at=DUE), values(owner="CEM", due_at=LATER, retimed_at=MADE))
    present = values(owner="CEM", due_at=LATER, retimed_at=None if told else MADE)
    assert put_back(change, present, LATER) == {"due_at": DUE, "retimed_at": marked}
