"""A month report says what was measured, and what is no longer known."""

from datetime import date, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session, sessionmaker

from callcenter.calls.call import Call
from callcenter.clock import VirtualClock
from callcenter.directory.queries import school as stored_school
from callcenter.reachability.rollup import roll_up
from callcenter.reports.reading import report_sheet
from callcenter.reports.sheet import Sheet
from callcenter.rota.versions import required_rota
from tests.support.api_office import ROTA, Door, a_call, a_line, a_school

MAY, JUNE, JULY, AUGUST = (date(2027, month, 1) for month in (5, 6, 7, 8))


def sheet_of(session: Session, clock: VirtualClock, month: date, code: str | None = None) -> Sheet:
    """The report of a month, in Dutch."""
    school = stored_school(session, code) if code else None
    return report_sheet(session, required_rota(session), clock.now(), month, "nl", school)


def test_in_time_is_named_after_the_policies_of_those_months(
    sessions: sessionmaker[Session], clock: VirtualClock
) -> None:
    door = Door(sessions, clock)
    door.load_rota()
    clock.move_to(clock.now() + timedelta(days=60))  # 7 August
    door.load_rota(policy=ROTA["policy.toml"] + "[figures]\nservice_level_s = 12\n")
    clock.move_to(clock.now() + timedelta(days=5))
    with sessions.begin() as session:
        a_line(session, clock.now())
        rows = {month: [row[0] for row in sheet_of(session, clock, month).rows] for month in (JUNE, JULY, AUGUST)}
    assert "Opgenomen binnen 30 seconden" in rows[JUNE]
    assert "Opgenomen binnen 30 seconden" in rows[JULY], "the policy of August measured no call of it"
    assert "Opgenomen binnen 12 of 30 seconden" in rows[AUGUST]


def test_a_school_whose_calls_are_erased_is_not_said_to_have_had_none(
    sessions: sessionmaker[Session], clock: VirtualClock
) -> None:
    Door(sessions, clock).load_rota()
    with sessions.begin() as session:
        line, school = a_line(session, clock.now()), a_school(session, clock.now())
        for days in (10, 20, 30):
            a_call(session, line, clock.now() - timedelta(days=days), contact_id=school.id)
        while roll_up(session, required_rota(session), clock.now()):
            pass
        before = sheet_of(session, clock, MAY, "05HL00").notes
        session.execute(delete(Call))
        erased = sheet_of(session, clock, MAY, "05HL00").notes
        of_all = sheet_of(session, clock, MAY)
    assert before == ("Minder dan tien oproepen: dan staan er alleen aantallen.",)
    assert len(erased) == 1
    assert "gewist" in erased[0]
    assert of_all.rows[0][1] == "3"
    assert of_all.notes == before
