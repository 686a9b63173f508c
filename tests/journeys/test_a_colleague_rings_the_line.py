"""A consultant rings the line: the call is put through to a colleague and not counted in the figures."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from callcenter.presence.records import ConsultantState
from callcenter.reachability.counting import count_rows
from callcenter.rota.model import Survey
from callcenter.rota.versions import in_force
from callcenter.routing.survey import is_sampled
from callcenter.standin.people.scripts import hang_up, press
from tests.support.invariants import breaches
from tests.support.town import LINE, PEOPLE, MakeTown, Town

EVENING = datetime(2027, 6, 8, 18, 0, tzinfo=UTC)
FIGURES = (
    "callcenter_offered_calls_total",
    "callcenter_answered_calls_total",
    "callcenter_answered_in_time_total",
    "callcenter_call_wait_seconds_bucket",
    "callcenter_call_talk_seconds_bucket",
    "callcenter_survey_answers_total",
)


def counted(town: Town) -> dict[str, float]:
    return {name: town.totals(name) for name in FIGURES if town.totals(name)}


def test_a_colleague_is_put_through_to_another_one_who_hears_who_it_is(a_town: MakeTown) -> None:
    town = a_town()
    town.answers("BRA", after=6)
    caller = town.somebody(PEOPLE["AIS"]).dials(LINE, talks=20)
    town.live()

    call = town.call()
    assert (call.outcome, call.staff, call.answered_by, call.counted) == ("answered", "AIS", "BRA", False)
    assert "AIS" not in town.offers()
    said = " ".join(heard.text for heard in town.mobile("BRA").calls[-1].heard)
    assert "Je collega Aïsha" in said
    assert "bereikbaar" not in town.heard(caller)
    assert counted(town) == {}
    assert breaches(town) == []


def test_no_colleague_is_asked_the_survey(a_small_town: MakeTown) -> None:
    town = a_small_town()
    town.mobile("BRA").answers_after(4, talks_s=20).presses("1")
    heard = ""
    for _ in range(6):
        caller = town.somebody(PEOPLE["AIS"]).dials(LINE)
        town.live(tail_s=200)
        heard += town.heard(caller)
    calls = town.calls()
    assert [call.outcome for call in calls] == ["answered"] * 6
    assert any(is_sampled(call.call_sid, Survey().rate) for call in calls)  # other callers would have got the survey
    assert "bereikbaar" not in heard
    assert counted(town) == {}


def test_a_colleague_who_rings_the_line_is_not_rung_for_another_caller_and_is_free_afterwards(
    a_town: MakeTown,
) -> None:
    town = a_town(on_duty=("AIS", "BRA"))
    town.mobile("BRA").answers_after(4, talks_s=60).presses("1")
    town.somebody(PEOPLE["AIS"]).dials(LINE, talks=60)
    town.somebody().dials(LINE, after=20, patience=20)
    town.live()
    assert "AIS" not in town.offers()
    assert breaches(town) == []

    town.answers("AIS")
    town.mobile("BRA").never_answers()
    town.somebody().dials(LINE, talks=10)
    town.live()
    assert town.calls()[-1].answered_by == "AIS"
    assert breaches(town) == []


@pytest.mark.parametrize("leaves", [hang_up(at_s=3), hang_up(at_s=25), hang_up(when="heard:Het lukt nu niet")])
def test_a_colleague_whom_nobody_helps_is_not_rung_back(a_small_town: MakeTown, leaves: object) -> None:
    town = a_small_town()
    caller = town.somebody(PEOPLE["AIS"]).dials(LINE, script=[leaves])  # type: ignore[list-item]
    town.live()

    assert town.call().staff == "AIS"
    assert town.callbacks() == []
    assert "U wordt" not in town.heard(caller)
    assert counted(town) == {}
    assert "callcenter_unanswered_without_callback 0" in town.page("/metrics")
    assert breaches(town) == []


@pytest.mark.parametrize("at", [None, EVENING])
@pytest.mark.parametrize("asks", [(), (press("1", at_s=9),), (press("2", at_s=9),)])
def test_a_message_of_a_colleague_is_a_task_for_somebody_else(
    a_small_town: MakeTown, asks: tuple[object, ...], at: datetime | None
) -> None:
    town = a_small_town(at) if at else a_small_town()
    caller = town.somebody(PEOPLE["AIS"]).dials(LINE, script=asks, message=8)  # type: ignore[arg-type]
    town.live(tail_s=90)

    assert town.call().outcome == "voicemail"
    (callback,) = town.callbacks()
    assert (callback.number, callback.caller_name, callback.reason) == (None, "Aïsha S.", "voicemail")
    assert callback.owner in ("BRA", "CEM")
    assert "U wordt" not in town.heard(caller)
    assert counted(town) == {}
    assert breaches(town) == []


def test_a_colleague_sent_on_by_a_colleagues_mobile_is_staff_still(a_small_town: MakeTown) -> None:
    town = a_small_town(on_duty=("CEM",))
    town.answers("CEM")
    town.somebody(PEOPLE["AIS"]).dials(LINE, talks=20, forwarded_from=PEOPLE["BRA"])
    town.live()
    assert (town.call().staff, town.call().answered_by, town.call().counted) == ("AIS", "CEM", False)
    assert breaches(town) == []


def test_the_figures_of_the_day_do_not_know_of_colleagues(a_small_town: MakeTown) -> None:
    town = a_small_town()
    town.somebody(PEOPLE["AIS"]).dials(LINE, patience=20)
    town.live()
    midnight, now = datetime(2027, 6, 8, tzinfo=UTC), town.clock.now()
    with town.session() as session:
        rota_at, zone = in_force(session), ZoneInfo("Europe/Amsterdam")
        tallies = count_rows(session, midnight, now, now, zone, rota_at, lambda *_: "all")
    assert tallies == {}


def test_a_claim_of_a_colleague_who_rings_ends_with_the_call(a_small_town: MakeTown) -> None:
    town = a_small_town()
    town.somebody(PEOPLE["AIS"]).dials(LINE, patience=20)
    town.standin.run_for(10)
    with town.session() as session:
        assert session.get_one(ConsultantState, "AIS").talking_since is not None
    town.live()
    with town.session() as session:
        assert session.get_one(ConsultantState, "AIS").reserved_until is None
