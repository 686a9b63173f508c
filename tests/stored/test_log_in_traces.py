"""What is kept of log-ins ends by itself, and what is in use stays."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.access.allowances import take
from callcenter.access.known_browsers import remember
from callcenter.access.lockout import ACCOUNT
from callcenter.access.records import AuditEvent, AuditTally, KnownBrowser, LoginAllowance, LoginSession
from callcenter.access.sessions import begin_session, find_session, note_use
from callcenter.access.tallies import tally
from callcenter.clock import VirtualClock
from schedules import retention
from tests.support.askers import a_cheap_login


def test_sessions_browsers_and_counts_end_and_the_audit_log_stays(
    sessions: sessionmaker[Session], clock: VirtualClock
) -> None:
    with sessions.begin() as session:
        els = a_cheap_login(session, clock.now(), "els@rbl.example", "lead", "een-lang-wachtwoord")
        used = begin_session(session, clock.now(), els.id, stay=True, how="password")
        begin_session(session, clock.now(), els.id, stay=True, how="password")
        remember(session, clock.now(), els.id, None)
        take(session, "typed:somebody", ACCOUNT, clock.now())
        tally(session, clock.now(), "source:one", "source one", "login_failed", "log-in", tries=1)

    def left() -> list[int | None]:
        tables = (LoginSession, KnownBrowser, LoginAllowance, AuditTally, AuditEvent)
        with sessions() as session:
            return [session.scalar(select(func.count()).select_from(table)) for table in tables]

    clock.advance(timedelta(hours=20).total_seconds())
    retention.run(sessions, clock)
    assert left() == [2, 1, 1, 1, 1]
    clock.advance(timedelta(hours=6).total_seconds())
    retention.run(sessions, clock)
    assert left() == [2, 1, 0, 0, 1]
    with sessions.begin() as session:
        found = find_session(session, clock.now(), used)
        assert found is not None
        note_use(session, clock.now(), found.id)
    clock.advance(timedelta(days=29, hours=1).total_seconds())
    retention.run(sessions, clock)
    assert left() == [1, 1, 0, 0, 1]
    with sessions() as session:
        assert find_session(session, clock.now(), used) is not None
    clock.advance(timedelta(days=336).total_seconds())
    retention.run(sessions, clock)
    assert left() == [0, 0, 0, 0, 1]
