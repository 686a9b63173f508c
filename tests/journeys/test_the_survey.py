"""After a talk one caller in three gets the survey question, each number once, and each answer is counted once."""

import pytest
from sqlalchemy import select

from callcenter.routing.records import SurveyAnswer
from callcenter.standin.faults import FaultRule
from callcenter.standin.people.scripts import Step, hang_up, press
from tests.support.invariants import breaches
from tests.support.town import ANYONE, LINE, SCHOOL, MakeTown, Town

ASKED = "heard:goed bereikbaar"


def talk(town: Town, *steps: Step, times: int = 1) -> None:
    """Talks that the colleague ends, so that the caller is still on the line."""
    for _ in range(times):
        town.mobile("AIS").answers_after(2, talks_s=15).presses("1", after=1)
        town.somebody().dials(LINE, script=steps)
        town.live(tail_s=90)


def answers(town: Town) -> list[str]:
    with town.session() as session:
        return list(session.scalars(select(SurveyAnswer.answer).order_by(SurveyAnswer.id)))


def asked(town: Town) -> int:
    return sum("goed bereikbaar" in town.heard(caller) for caller in town.standin.callers)


@pytest.mark.parametrize(("key", "answer"), [("1", "yes"), ("2", "no")])
def test_an_answer_is_kept_and_counted(a_town: MakeTown, key: str, answer: str) -> None:
    town = a_town()
    talk(town, press(key, when=ASKED, after_s=2), times=6)

    assert answers(town) == [answer] * asked(town)
    assert 0 < asked(town) < 6
    assert town.totals("callcenter_survey_answers_total") == asked(town)
    assert breaches(town) == []


@pytest.mark.parametrize(
    "steps",
    [(), (press("5", when=ASKED),), (hang_up(when=ASKED, after_s=1),)],
    ids=["silence", "another-key", "hanging-up"],
)
def test_no_answer_is_no_answer_and_the_call_was_answered(a_small_town: MakeTown, steps: tuple[Step, ...]) -> None:
    town = a_small_town()
    talk(town, *steps, times=5)

    assert answers(town) == []
    assert {call.outcome for call in town.calls()} == {"answered"}
    assert breaches(town) == []


def test_an_answer_sent_twice_counts_once(a_small_town: MakeTown) -> None:
    town = a_small_town(faults=(FaultRule("duplicate", kind="action", seconds=1),))
    talk(town, press("1", when=ASKED, after_s=2), times=5)
    assert len(answers(town)) == asked(town) == town.totals("callcenter_survey_answers_total") > 0


def test_everybody_hears_goodbye(a_small_town: MakeTown) -> None:
    town = a_small_town()
    talk(town, times=4)
    assert all("Tot ziens." in town.heard(caller) for caller in town.standin.callers)


def test_a_number_is_asked_once_and_one_that_is_withheld_each_time(a_small_town: MakeTown) -> None:
    town = a_small_town(policy=f"[survey]\nrate = 1\n{ANYONE}")
    for number in (SCHOOL, "anonymous", SCHOOL, "anonymous"):
        town.mobile("AIS").answers_after(2, talks_s=15).presses("1", after=1)
        town.somebody(number).dials(LINE)
        town.live(tail_s=90)
    heard = ["goed bereikbaar" in town.heard(caller) for caller in town.standin.callers]
    assert {call.outcome for call in town.calls()} == {"answered"}
    assert sum(heard) == 3
    assert breaches(town) == []


def test_nobody_is_asked_at_a_rate_of_nothing(a_small_town: MakeTown) -> None:
    town = a_small_town(policy=f"[survey]\nrate = 0\n{ANYONE}")
    talk(town, times=4)
    assert asked(town) == 0
