"""The board's answer: how reachable the line is this minute, in which colour, and the one deed that helps."""

import pytest

from callcenter.web.board.answer import Deed, Situation, State, answer

SOON, LONG = 5.0, 45.0


@pytest.mark.parametrize(
    ("now", "state", "tone", "deed"),
    [
        (Situation(None), "no_rota", "bad", Deed.LOAD_ROTA),
        # Open.
        (Situation(True), "nobody_on_duty", "bad", Deed.SEE_DAY),
        (Situation(True, free=4, talking=2), "free", "good", Deed.SEE_PEOPLE),
        (Situation(True, free=4, waits_s=(SOON,)), "free", "good", Deed.SEE_PEOPLE),
        (Situation(True, free=4, waits_s=(SOON, LONG)), "free", "warn", Deed.SEE_PEOPLE),
        (Situation(True, free=1, waits_s=(SOON, SOON)), "free", "warn", Deed.SEE_PEOPLE),
        (Situation(True, free=2, short_now=True, gaps=1), "free", "warn", Deed.SEE_DAY),
        (Situation(True, free=2, free_backup=1), "free", "good", Deed.SEE_PEOPLE),
        (Situation(True, free=2, free_backup=2, talking=3), "only_backup", "warn", Deed.SEE_PEOPLE),
        (Situation(True, talking=3), "all_talking", "warn", Deed.SEE_PEOPLE),
        (Situation(True, talking=3, waits_s=(SOON,)), "all_talking", "bad", Deed.SEE_PEOPLE),
        (Situation(True, talking=3, off=1, overdue=2), "nobody_free", "bad", Deed.SEE_PEOPLE),
        (Situation(True, off=2), "nobody_free", "bad", Deed.SEE_PEOPLE),
        # What is late comes before a gap, and a gap before a callback without an owner; a caller who waits before all.
        (Situation(True, free=3, overdue=1, gaps=1, unowned=1), "free", "good", Deed.HAND_OVER_LATE),
        (Situation(True, free=3, gaps=1, unowned=1), "free", "good", Deed.SEE_DAY),
        (Situation(True, free=3, unowned=1), "free", "good", Deed.GIVE_TO_SOMEBODY),
        (Situation(True, free=1, off=1, overdue=1, waits_s=(SOON,)), "free", "good", Deed.SEE_PEOPLE),
        # Closed.
        (Situation(False, opens_today=True, beginning=8), "opens_today", "closed", Deed.SEE_DAY),
        (Situation(False, opens_today=True), "opens_today", "bad", Deed.SEE_DAY),
        (Situation(False, opens_today=True, beginning=8, gaps=1, overdue=2), "opens_today", "closed", Deed.SEE_DAY),
        (Situation(False, opens_today=True, beginning=8, overdue=2), "opens_today", "closed", Deed.HAND_OVER_LATE),
        (Situation(False, opens_today=True, beginning=8, early=3), "opens_today", "closed", Deed.SEE_PROMISES),
        (Situation(False, beginning=8, gaps=1, overdue=2), "closed", "closed", Deed.HAND_OVER_LATE),
        (Situation(False, beginning=8, gaps=1), "closed", "closed", Deed.SEE_DAY),
        (Situation(False, unowned=1, early=1), "closed", "closed", Deed.GIVE_TO_SOMEBODY),
        (Situation(False), "closed", "closed", Deed.SEE_DAY),
    ],
)
def test_each_situation_has_one_answer(now: Situation, state: str, tone: str, deed: Deed) -> None:
    found = answer(now)
    assert (found.state, found.tone, found.deed) == (State(state), tone, deed)
