"""A backup of noon is restored in the evening: Twilio tells what became of the calls since, one by one."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from callcenter.backup.making import back_up
from callcenter.backup.restoring import restore
from callcenter.callbacks import one_press
from callcenter.callbacks.records import CallbackAttempt
from callcenter.calls.leg import Leg
from callcenter.calls.records import CallDecision, Voicemail
from callcenter.lines.register import block_number
from callcenter.rota import versions
from callcenter.routing.reconcile import run_reconcile
from callcenter.routing.records import SurveyAnswer
from callcenter.standin.faults import FaultRule
from callcenter.standin.people.scripts import hang_up, press
from tests.support.invariants import breaches
from tests.support.racing import race
from tests.support.town import LINE, LINE_2, SCHOOL, MakeTown, Town

MORNING, RINGS_AGAIN = "+31201230001", "+31201230002"
OTHERS = [f"+31201231{n:03d}" for n in range(20)]
BLOCKED = "+31201230003"
KEYED = "0302345678#"
# The line closes at 17.00 in Amsterdam.
BEFORE, CLOSED = datetime(2027, 6, 8, 13, 45, tzinfo=UTC), datetime(2027, 6, 8, 15, 5, tzinfo=UTC)
EVERY_OUTCOME = {"answered", "abandoned", "missed", "voicemail", "callback_requested", "closed", "rejected"}
SURVEY = "heard:goed bereikbaar"


@dataclass(frozen=True)
class Told:
    """What a call's row says of it. Twilio's list has a resolution of one second."""

    outcome: str | None
    answered_by: str | None
    counted: bool
    in_hours: bool
    number: str | None
    has_callback: bool
    has_message: bool


def told(town: Town) -> dict[str, Told]:
    return {
        call.call_sid: Told(
            call.outcome,
            call.answered_by,
            call.counted,
            call.in_hours,
            call.number_to_ring,
            call.callback_id is not None,
            call.voicemail_id is not None,
        )
        for call in town.calls()
    }


def lengths(town: Town) -> dict[str, tuple[float, float]]:
    """How long each caller waited and talked, in seconds."""
    return {call.call_sid: (call.wait_s or 0, call.talk_s or 0) for call in town.calls()}


def callbacks(town: Town) -> list[tuple[str | None, str]]:
    return sorted((callback.number or "", callback.state) for callback in town.callbacks())


def figures(town: Town) -> dict[tuple[str, str], float]:
    """The totals of calls that Twilio's list can restore: not those of single legs."""
    names = ("callcenter_calls_total", "callcenter_offered", "callcenter_answered_calls", "callcenter_survey")
    return {key: value for key, value in town.figures().items() if key[0].startswith(names)}


def everybody_is_out(town: Town) -> None:
    for code in ("AIS", "BRA", "CEM"):
        town.mobile(code).never_answers()


def talks(town: Town, code: str, number: str, talks_s: float) -> None:
    everybody_is_out(town)
    town.answers(code)
    town.somebody(number).dials(LINE, talks=talks_s)
    town.live(tail_s=70)


def rings_back(town: Town, number: str, code: str, talks_s: float) -> None:
    """The consultant rings a caller back by one press."""
    everybody_is_out(town)
    town.mobile(code).answers_after(3, talks_s=talks_s + 30).presses("1", after=2)
    town.standin.phone(number).answers_after(5, talks_s=talks_s)
    (callback,) = [one for one in town.callbacks() if one.number == number and one.state in ("open", "claimed")]
    with town.sessions.begin() as session:
        active = versions.active(session)
        assert active is not None
        one_press.press(session, active[1], callback.id, code, town.clock.now(), code)
    town.lived.dispatch()
    town.live(tail_s=70)


def morning(town: Town) -> None:
    talks(town, "AIS", SCHOOL, 40)
    with town.sessions.begin() as session:
        block_number(session, BLOCKED, "rude", None, "lead", town.clock.now())
    everybody_is_out(town)
    for number in (MORNING, RINGS_AGAIN):
        town.somebody(number).dials(LINE, patience=30)
        town.live(tail_s=70)


def afternoon(town: Town) -> None:
    """Everything that may happen to a caller once."""
    talks(town, "BRA", OTHERS[0], 180)
    talks(town, "CEM", RINGS_AGAIN, 25)  # whose callback is resolved by that
    rings_back(town, MORNING, "AIS", 80)
    everybody_is_out(town)
    town.mobile("AIS").voicemail_after(8)  # picked up by a mailbox, which nobody counts as an answer
    town.somebody(OTHERS[1]).dials(LINE, patience=40)
    town.live(tail_s=70)
    town.mobile("AIS").never_answers()
    town.somebody(OTHERS[2]).dials(LINE, message=9)
    town.live(tail_s=70)
    town.somebody(OTHERS[3]).dials(LINE, script=[press("1", at_s=9)])
    town.live(tail_s=70)
    asked = [press("1", at_s=9), press(KEYED, when="heard:(?i)toets uw nummer", after_s=4)]
    town.somebody(None).dials(LINE, script=[*asked, press("1", when="heard:U toetste", after_s=5)])
    town.live(tail_s=70)
    town.somebody(BLOCKED).dials(LINE)
    town.somebody(OTHERS[4]).dials(LINE, script=[hang_up(at_s=3)])
    town.live(tail_s=70)
    for number in OTHERS[5:9]:  # the consultant hangs up, and some callers answer the survey
        town.mobile("AIS").answers_after(2, talks_s=15).presses("1", after=1)
        town.somebody(number).dials(LINE, script=[press("1", when=SURVEY, after_s=2)])
        town.live(tail_s=90)
    everybody_is_out(town)
    town.answers("AIS", after=3)
    town.answers("BRA", after=6)
    for n, number in enumerate(OTHERS[9:11]):  # two talks at once
        town.somebody(number).dials(LINE, talks=50, after=4 * n)
    town.live(tail_s=90)
    talks(town, "AIS", OTHERS[4], 35)  # a caller of before is helped at last
    rings_back(town, OTHERS[1], "BRA", 60)
    town.standin.run_until(CLOSED)
    everybody_is_out(town)
    town.somebody(OTHERS[11]).dials(LINE, patience=20)
    town.live(tail_s=70)


def live_legs(town: Town) -> list[Leg]:
    with town.session() as session:
        return list(session.scalars(select(Leg).where(Leg.ended_at.is_(None))))


def is_restored(town: Town, file: Path) -> None:
    """The database is lost, the backup is restored, and the service runs again until Twilio has told everything."""
    town.lived.be_away()
    engine = town.lived.office.engine
    engine.dispose()
    restore(engine, file, town.clock, replace=True)
    town.lived.come_back()
    town.standin.run_for(1900)
    town.live(tail_s=70)


def test_the_day_is_as_before_call_by_call(a_town: MakeTown, tmp_path: Path) -> None:
    town = a_town(BEFORE)
    town.lived.turns(callbacks=600, sweep=60, reconcile=600, clock_steps=3600)
    morning(town)
    back_up(town.lived.office.engine, tmp_path / "noon", town.clock)
    at_noon = len(town.calls())
    afternoon(town)
    before = told(town), callbacks(town), figures(town), lengths(town)
    assert {one.outcome for one in before[0].values()} == EVERY_OUTCOME

    is_restored(town, tmp_path / "noon")

    assert told(town) == before[0]
    assert callbacks(town) == before[1]
    assert figures(town) == before[2]
    for sid, (waited, talked) in lengths(town).items():
        assert (waited, talked) == pytest.approx(before[3][sid], abs=2.5)
    assert sum(call.reconciled for call in town.calls()) == len(before[0]) - at_noon
    assert [b for b in breaches(town) if "heard nothing" not in b] == []
    survey_answers = town.totals("callcenter_survey_answers_total")
    with town.session() as session:
        # Its sound was fetched and deleted at Twilio, and is lost with the database.
        assert session.scalars(select(Voicemail.state)).one() == "lost"
        assert len(session.scalars(select(SurveyAnswer)).all()) == survey_answers > 0
        rung = {one.by for one in session.scalars(select(CallbackAttempt))}
    assert rung == {"Twilio"}


def test_reading_twilios_list_again_changes_nothing(a_small_town: MakeTown, tmp_path: Path) -> None:
    town = a_small_town()
    town.lived.turns(callbacks=600, sweep=60, reconcile=600)
    morning(town)
    back_up(town.lived.office.engine, tmp_path / "noon", town.clock)
    talks(town, "BRA", OTHERS[0], 100)
    rings_back(town, MORNING, "AIS", 80)
    is_restored(town, tmp_path / "noon")
    first = told(town), callbacks(town), town.figures()

    for _ in range(2):
        assert run_reconcile(town.sessions, town.lived.twilio, town.clock.now()) == 0
    assert (told(town), callbacks(town), town.figures()) == first


def test_two_hosts_that_read_the_list_at_once_store_each_call_once(a_town: MakeTown, tmp_path: Path) -> None:
    town = a_town()
    town.lived.turns(callbacks=3600, sweep=3600, reconcile=36_000)
    morning(town)
    back_up(town.lived.office.engine, tmp_path / "noon", town.clock)
    talks(town, "BRA", OTHERS[0], 100)
    rings_back(town, MORNING, "AIS", 80)
    before = told(town), callbacks(town), figures(town)
    is_restored(town, tmp_path / "noon")

    def reconciles() -> int:
        return run_reconcile(town.sessions, town.lived.twilio, town.clock.now())

    race(*[reconciles] * 4)
    assert (told(town), callbacks(town), figures(town)) == before


def test_who_was_helped_on_another_line_is_not_owed_a_callback(a_small_town: MakeTown, tmp_path: Path) -> None:
    town = a_small_town(lines=(LINE, LINE_2))
    back_up(town.lived.office.engine, tmp_path / "noon", town.clock)
    everybody_is_out(town)
    town.somebody(OTHERS[0]).dials(LINE_2, patience=30)
    town.live(tail_s=70)
    talks(town, "BRA", OTHERS[0], 60)
    before = told(town), callbacks(town)
    assert before[1] == [(OTHERS[0], "resolved")]
    is_restored(town, tmp_path / "noon")
    assert (told(town), callbacks(town)) == before


def test_a_message_after_a_consultant_who_left_at_once_comes_back(a_small_town: MakeTown, tmp_path: Path) -> None:
    town = a_small_town()
    back_up(town.lived.office.engine, tmp_path / "noon", town.clock)
    town.mobile("AIS").answers_after(2, talks_s=1).presses("1", after=1)
    town.somebody(OTHERS[0]).dials(LINE, message=8)
    town.live(tail_s=70)
    before = told(town), callbacks(town)
    assert town.call().outcome == "voicemail"
    is_restored(town, tmp_path / "noon")
    assert (told(town), callbacks(town)) == before


@pytest.mark.parametrize(("talk_s", "outcome", "how"), [(240, "answered", "length"), (20, "missed", "unsure")])
def test_without_documents_only_a_long_talk_counts_as_answered(
    a_small_town: MakeTown, tmp_path: Path, talk_s: float, outcome: str, how: str
) -> None:
    """Twilio tells of documents for a month only. Whoever may have been helped is called back rather than forgotten."""
    town = a_small_town(faults=(FaultRule("rest_error", kind="list-events", status=404),))
    back_up(town.lived.office.engine, tmp_path / "noon", town.clock)
    talks(town, "BRA", OTHERS[0], talk_s)
    is_restored(town, tmp_path / "noon")

    call = town.call()
    assert (call.outcome, call.callback_id is not None) == (outcome, outcome == "missed")
    assert call.answered_by == ("BRA" if outcome == "answered" else None)
    with town.session() as session:
        decision = session.scalars(select(CallDecision)).one()
    assert (decision.title, decision.reasons) == (f"reconciled: {how}", [{"text": "BRA"}] if how == "unsure" else [])


def test_a_refusal_of_twilio_puts_off_what_is_not_sure_and_nothing_else(a_small_town: MakeTown, tmp_path: Path) -> None:
    refusal = FaultRule("rest_error", kind="list-events", status=503)
    town = a_small_town()
    back_up(town.lived.office.engine, tmp_path / "noon", town.clock)
    talks(town, "BRA", OTHERS[0], 20)
    everybody_is_out(town)
    town.somebody(OTHERS[1]).dials(LINE, patience=30)
    town.live(tail_s=70)
    town.standin.faults.add(refusal)
    is_restored(town, tmp_path / "noon")
    assert [call.from_number for call in town.calls()] == [OTHERS[1]]

    town.standin.faults.clear()
    town.standin.run_for(600)
    town.live()
    assert {call.from_number: call.outcome for call in town.calls()}[OTHERS[0]] == "answered"


def test_a_call_under_way_at_noon_is_told_whole(a_small_town: MakeTown, tmp_path: Path) -> None:
    town = a_small_town()
    town.answers("BRA", after=12)
    town.somebody(OTHERS[0]).dials(LINE, talks=100)
    town.standin.run_for(8)
    back_up(town.lived.office.engine, tmp_path / "noon", town.clock)
    town.live(tail_s=70)
    before = told(town)
    is_restored(town, tmp_path / "noon")
    assert told(town) == before
    assert town.call().outcome == "answered"
    assert breaches(town) == []


def test_a_caller_of_after_the_ring_keeps_the_callback(a_small_town: MakeTown, tmp_path: Path) -> None:
    town = a_small_town()
    morning(town)
    back_up(town.lived.office.engine, tmp_path / "noon", town.clock)
    rings_back(town, MORNING, "AIS", 80)
    everybody_is_out(town)
    town.somebody(MORNING).dials(LINE, patience=30)
    town.live(tail_s=70)
    before = callbacks(town)
    is_restored(town, tmp_path / "noon")
    assert callbacks(town) == before
    assert (MORNING, "open") in before
    assert (MORNING, "reached") in before


def test_a_ring_too_short_to_tell_is_a_hint_and_closes_nothing(a_small_town: MakeTown, tmp_path: Path) -> None:
    town = a_small_town()
    morning(town)
    back_up(town.lived.office.engine, tmp_path / "noon", town.clock)
    rings_back(town, MORNING, "AIS", 6)
    is_restored(town, tmp_path / "noon")
    with town.session() as session:
        attempt = session.scalars(select(CallbackAttempt)).one()
    assert (attempt.consultant, attempt.suggested, attempt.confirmed_at, attempt.by) == (
        "AIS",
        "unclear",
        None,
        "Twilio",
    )
    assert (MORNING, "claimed") in callbacks(town)


def test_a_request_of_a_call_that_is_lost_changes_no_call_of_the_same_number(
    a_small_town: MakeTown, tmp_path: Path
) -> None:
    """Rows get the numbers of rows that are lost. Twilio still asks for documents under the old numbers."""
    town = a_small_town()
    back_up(town.lived.office.engine, tmp_path / "noon", town.clock)
    town.somebody(OTHERS[0]).dials(LINE, patience=20)
    town.live(tail_s=70)
    (lost,) = town.calls()
    town.lived.be_away()
    town.lived.office.engine.dispose()
    restore(town.lived.office.engine, tmp_path / "noon", town.clock, replace=True)
    town.lived.come_back()
    everybody_is_out(town)
    town.somebody(OTHERS[1]).dials(LINE, patience=60)
    town.standin.run_for(12)
    (new,) = [call for call in town.calls() if call.id == lost.id]
    (leg_id,) = [leg.id for leg in live_legs(town) if leg.consultant == "AIS"]

    late = {"CallSid": lost.call_sid, "CallStatus": "in-progress", "Digits": "1", "From": OTHERS[0], "To": LINE}
    assert town.sends(f"/webhooks/call/{lost.id}/choice?turn=9", late) == 404
    town.sends(f"/webhooks/leg/{leg_id}/status", {**late, "CallStatus": "completed"})

    town.standin.run_for(1)
    assert [(call.id, call.stage) for call in town.calls() if call.call_sid == new.call_sid] == [(new.id, "hunting")]
    assert leg_id in [leg.id for leg in live_legs(town)]
