"""When a page that changed is rendered anew: at once while that costs little, after ten seconds in any case."""

from datetime import UTC, datetime

import pytest

from callcenter.web.live.pace import AT_ONCE_S, LATE_S, SHARE, Stamp, debt, may_be_rendered, minute_of, stamp_of


def test_a_stamp_comes_back_as_it_was_sent() -> None:
    assert stamp_of(str(Stamp("ab12", 1_812_441_600))) == Stamp("ab12", 1_812_441_600)


@pytest.mark.parametrize("text", ["", "ab12", "ab12.", "ab12.now", "ab12.-1", "ab12." + "9" * 30, "ab12.١٢"])
def test_anything_else_is_no_stamp(text: str) -> None:
    assert stamp_of(text) is None


def test_a_page_is_rendered_at_once_while_the_process_has_spent_little() -> None:
    assert may_be_rendered(age_s=1, debt_s=0)
    assert not may_be_rendered(age_s=1, debt_s=AT_ONCE_S)


def test_a_page_is_rendered_whatever_it_costs_once_it_is_old_or_its_age_is_not_known() -> None:
    assert not may_be_rendered(age_s=LATE_S - 1, debt_s=60)
    assert may_be_rendered(age_s=LATE_S, debt_s=60)
    assert may_be_rendered(age_s=-1, debt_s=60)


def test_what_was_spent_is_earned_back_at_a_tenth_of_a_processor() -> None:
    owed = debt(0.0, elapsed_s=3.0, spent_s=0.4)
    assert owed == 0.4
    assert debt(owed, elapsed_s=2.0) == pytest.approx(0.4 - 2 * SHARE)
    assert debt(owed, elapsed_s=3600.0) == 0.0


def test_the_minute_changes_when_the_clock_on_the_wall_does() -> None:
    before, after = (datetime(2027, 6, 8, 6, minute, second, tzinfo=UTC) for minute, second in ((29, 59), (30, 0)))
    assert minute_of(after) == minute_of(before) + 1
