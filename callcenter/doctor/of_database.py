"""Gathers what the database says: whether it can be used, the rota, jobs, orders, promises, backups."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from callcenter.access.records import User
from callcenter.backup.postgresql_dump import ASIDE, was_interrupted
from callcenter.backup.sqlite_copy import path_of
from callcenter.clock import Clock
from callcenter.doctor import judgement
from callcenter.doctor.findings import Finding, fault, ok
from callcenter.errors import DatabaseOutdated
from callcenter.lines.register import lines_in_use
from callcenter.reachability import gauge_reads
from callcenter.rota import versions
from callcenter.rota.duty import gaps, timeline
from callcenter.storage.engine import REFUSED, is_damaged, make_sessions, reading
from callcenter.storage.migrate import check_current, head, stored_revision
from callcenter.storage.records import JobRun
from callcenter.storage.system_facts import BACKED_UP, read_fact, store_fact
from callcenter.telephony.prompts import recordings
from callcenter.telephony.records import GIVEN_UP, OutboxMessage

_AHEAD = timedelta(days=7)
# How far ahead we look for the end of the rota.
_PLANNED = timedelta(days=56)
_DAY = timedelta(days=1)
_TRIAL = "doctor"


def exists(engine: Engine) -> bool:
    """Whether the file of a SQLite database is there: connecting would create an empty one."""
    return engine.dialect.name != "sqlite" or path_of(engine).exists()


def usable(engine: Engine, clock: Clock) -> Iterator[Finding]:
    """Whether the database is there, of this release, and takes rows; its clock, if it is on another host."""
    if not exists(engine):
        yield fault("database", f"there is no file {path_of(engine)}", "`callcenter db upgrade` creates it")
        return
    try:
        check_current(engine)
        with make_sessions(engine)() as session:
            store_fact(session, _TRIAL, {}, clock.now())
            session.rollback()
        stored = stored_revision(engine) or ""
        if stored > head():
            yield judgement.newer_schema(stored, head())
        else:
            yield ok("database", "reachable, of this release, and takes rows")
        with engine.connect().execution_options(read_only=True) as connection:
            if engine.dialect.name == "postgresql":
                major = int(connection.execute(text("SHOW server_version_num")).scalar_one()) // 10000
                yield from judgement.server_version(major)
                yield from judgement.restore_interrupted(was_interrupted(connection), ASIDE)
                there = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
                yield judgement.clock("the database's host", (clock.now() - there).total_seconds())
            else:
                log = Path(f"{path_of(engine)}-wal")
                yield from judgement.wal(log.stat().st_size if log.exists() else 0)
    except DatabaseOutdated as error:
        what, _, mend = str(error).partition(": ")
        yield fault("database", what, mend)
    except REFUSED as error:
        cause = type(getattr(error, "orig", None) or error).__name__
        yield fault(
            "database", f"does not answer, or takes no rows ({cause})", "is it running? CALLCENTER_DATABASE_URL"
        )
    except DBAPIError as error:
        yield judgement.database_refuses(type(error.orig).__name__, is_damaged=is_damaged(error))


def contents(
    engine: Engine, clock: Clock, fresh_within_s: Mapping[str, float]
) -> dict[str, Callable[[], list[Finding]]]:
    """The checks that read the database, by name. fresh_within_s: the greatest age of each job's last good run."""

    def of(read: Callable[[Session, datetime], Iterator[Finding]]) -> Callable[[], list[Finding]]:
        def find() -> list[Finding]:
            try:
                with reading(make_sessions(engine)) as session:
                    return list(read(session, clock.now()))
            except DBAPIError as error:
                if not is_damaged(error):
                    raise
                return [judgement.database_refuses(type(error.orig).__name__, is_damaged=True)]

        return find

    return {
        "lines": of(lambda session, _now: iter([judgement.lines(len(lines_in_use(session)))])),
        "rota": of(_rota),
        "jobs": of(lambda session, now: _jobs(session, now, fresh_within_s)),
        "outbox": of(_outbox),
        "callbacks": of(
            lambda session, now: iter([judgement.promises(gauge_reads.unanswered_without_callback(session, now))])
        ),
        "logins": of(_logins),
        "prompts": of(lambda session, _now: iter([judgement.recordings(recordings.outdated(session))])),
        "backup": of(_backup),
    }


def _rota(session: Session, now: datetime) -> Iterator[Finding]:
    rota = versions.active_rota(session)
    if rota is None:
        yield fault("rota", "none is loaded", "`callcenter rota load DIR`")
        return
    missing = gaps(rota, now, now + _AHEAD).gaps
    ends = [duty.end for duty in timeline(rota, now, now + _PLANNED)]
    local = [(gap.start.astimezone(rota.zone), gap.end.astimezone(rota.zone)) for gap in missing]
    yield from judgement.rota(local, max(ends, default=None), bool(versions.last_load_failed(session)), now)


def _jobs(session: Session, now: datetime, fresh_within_s: Mapping[str, float]) -> Iterator[Finding]:
    stored = {row.name: row for row in session.scalars(select(JobRun))}
    found = {}
    for name, max_age_s in sorted(fresh_within_s.items()):
        row = stored.get(name)
        last = row.last_success_at if row else None
        failed_since = row is not None and row.last_error_at and (last is None or row.last_error_at > last)
        found[name] = judgement.job(name, last, row.last_error if row and failed_since else None, max_age_s, now)
    yield from judgement.jobs(found)


def _outbox(session: Session, now: datetime) -> Iterator[Finding]:
    given_up = session.execute(
        select(OutboxMessage.kind, func.count())
        .where(GIVEN_UP, OutboxMessage.done_at > now - _DAY)
        .group_by(OutboxMessage.kind)
    )
    oldest_s = gauge_reads.outbox(session, now).oldest_s
    yield from judgement.outbox(oldest_s, {row[0]: row[1] for row in given_up})


def _logins(session: Session, _now: datetime) -> Iterator[Finding]:
    found = session.scalar(select(func.count()).where(User.role == "admin", User.disabled_at.is_(None)))
    yield judgement.logins(found or 0)


def _backup(session: Session, now: datetime) -> Iterator[Finding]:
    fact = read_fact(session, BACKED_UP)
    yield judgement.backup(fact.at if fact else None, now)
