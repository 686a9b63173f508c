"""Exports the metrics. Each scrape reads the database, so every worker and host exports the same."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.registry import Collector
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.callbacks.outgoing import outgoing
from callcenter.clock import Clock
from callcenter.lines.register import all_lines
from callcenter.notify.text_stops import consultants_stopped
from callcenter.notify.untold import untold
from callcenter.presence.records import ConsultantState
from callcenter.reachability import gauge_reads, labels
from callcenter.reachability.consultant_states import states_now
from callcenter.reachability.labels import line_label
from callcenter.reachability.rota_gauges import rota_marks
from callcenter.reachability.totals import Cells, stored_totals, total_families
from callcenter.rota.duty import gaps
from callcenter.rota.hours import end_of_next_open_day, is_open
from callcenter.rota.model import Policy, Rota
from callcenter.rota.versions import last_load_failed
from callcenter.storage.engine import reading

_GAP_AHEAD = timedelta(days=7)
ActiveRota = Callable[[Session], Rota | None]


class CallcenterCollector(Collector):
    """Reads everything in one short transaction.

    active_rota: reads the active rota; None while there is none. fresh_within_s: the greatest age in seconds of each
    job's last success.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        clock: Clock,
        active_rota: ActiveRota,
        fresh_within_s: Mapping[str, float],
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._active_rota = active_rota
        self._fresh_within_s = fresh_within_s

    def describe(self) -> Iterable[Metric]:
        """Describe nothing; otherwise the registry would scrape once to read the names."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Every metric of docs/metrics.md. Raises SQLAlchemy's OperationalError when the database cannot be reached."""
        now = self._clock.now()
        with reading(self._sessions) as session:
            rota = self._active_rota(session)
            policy = rota.policy if rota else Policy()
            lines = all_lines(session)
            names = [line_label(line.id) for line in lines]
            tiers = [tier.name for tier in policy.hunt.tiers]
            cells = stored_totals(session)
            families = [
                *total_families(cells, names, tiers),
                *_calls(session, names),
                *_people(session, rota, names, now),
                *rota_marks(session, rota, names, now),
                *_promises(session, now, cells),
                _unpromised(session, now),
                *_to_the_outside(session, policy, now),
                *_outbox(session, now),
                *_runtime(session, policy),
                _freshness(self._fresh_within_s),
            ]
        yield from families


def make_registry(
    sessions: sessionmaker[Session], clock: Clock, active_rota: ActiveRota, fresh_within_s: Mapping[str, float]
) -> CollectorRegistry:
    """A registry with only these metrics, without those of this process. The arguments are the collector's."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(CallcenterCollector(sessions, clock, active_rota, fresh_within_s))
    return registry


def _gauge(name: str, text: str, samples: Iterable[tuple[dict[str, str], float]]) -> Metric:
    family = Metric(name, text, "gauge")
    for label_values, value in samples:
        family.add_sample(name, label_values, value)
    return family


def _calls(session: Session, lines: Sequence[str]) -> Iterator[Metric]:
    live = {(line, state): 0 for line in lines for state in labels.LIVE_CALLS}
    live |= {(line_label(line), state): n for (line, state), n in gauge_reads.calls_in_progress(session).items()}
    yield _gauge(
        "callcenter_calls_in_progress",
        "Calls that have not ended.",
        (({"line": line, "state": state}, n) for (line, state), n in live.items()),
    )


def _people(session: Session, rota: Rota | None, lines: Sequence[str], now: datetime) -> Iterator[Metric]:
    rows = session.scalars(select(ConsultantState)).all() if rota else ()
    states = states_now(rota, {row.code: row for row in rows}, now) if rota else {}
    gap_s = _gap_s(rota, now, now + _GAP_AHEAD) if rota else 0
    tomorrow_s = _gap_s(rota, now, end_of_next_open_day(rota, now) or now + _GAP_AHEAD) if rota else 0
    opened = int(rota is not None and is_open(rota, now))
    # One rota serves every line, so each line has the same people and hours.
    yield _gauge(
        "callcenter_consultants",
        "Consultants on duty for the line, and how many of them are in each state.",
        (({"line": line, "state": s}, states.get(s, 0)) for line in lines for s in labels.CONSULTANT_STATES),
    )
    yield _gauge("callcenter_line_open", "1 while the line is open.", (({"line": line}, opened) for line in lines))
    yield _gauge(
        "callcenter_rota_gap_seconds",
        "Opening time in the next 7 days with too few people planned.",
        (({"line": line}, gap_s) for line in lines),
    )
    yield _gauge(
        "callcenter_rota_gap_tomorrow_seconds",
        "Opening time with too few people planned, from now to the end of the next day that is open.",
        (({"line": line}, tomorrow_s) for line in lines),
    )
    mobiles = {code: person.mobile for code, person in rota.consultants.items()} if rota else {}
    yield _gauge(
        "callcenter_consultants_text_stopped",
        "Consultants whose mobile answered STOP: no message of ours reaches it.",
        [({}, len(consultants_stopped(session, mobiles)))],
    )
    failed = int(last_load_failed(session))
    yield _gauge(
        "callcenter_rota_load_failed", "1 after a rota was refused; the last good one is in force.", [({}, failed)]
    )


def _gap_s(rota: Rota, start: datetime, end: datetime) -> float:
    return sum((gap.end - gap.start).total_seconds() for gap in gaps(rota, start, end).gaps)


def _promises(session: Session, now: datetime, cells: Cells) -> Iterator[Metric]:
    callbacks = gauge_reads.callbacks(session, now)
    by_state = {**dict.fromkeys(labels.LIVE_CALLBACKS, 0), **callbacks.by_state, **_closed(cells)}
    yield _gauge(
        "callcenter_callbacks",
        "Callbacks by state; closed ones since the line began, also those no longer kept.",
        (({"state": state}, n) for state, n in by_state.items()),
    )
    yield _gauge("callcenter_callbacks_overdue", "Callbacks whose time has passed.", [({}, callbacks.overdue)])


def _closed(cells: Cells) -> dict[str, float]:
    """Closed callbacks by result, from totals: counting the rows would take longer every year."""
    closed = dict.fromkeys(labels.CLOSED_CALLBACKS, 0.0)
    for name, sign in (("callcenter_callbacks_closed_total", 1), ("callcenter_callbacks_reopened_total", -1)):
        for series, n in cells.get(name, {}).items():
            result = json.loads(series)["result"]
            closed[result] = closed.get(result, 0.0) + sign * n
    return closed


def _unpromised(session: Session, now: datetime) -> Metric:
    missing = gauge_reads.unanswered_without_callback(session, now)
    return _gauge(
        "callcenter_unanswered_without_callback",
        "Unanswered calls of the last 24 hours, from a caller with a number, without a callback; must be 0.",
        [({}, missing)],
    )


def _to_the_outside(session: Session, policy: Policy, now: datetime) -> Iterator[Metric]:
    made, limits = outgoing(session, now), policy.limits
    yield _gauge(
        "callcenter_outgoing_calls",
        "Our calls of the last hour: to callers, by one press, and to colleagues' mobiles for callers.",
        [({"to": "callers"}, made.callers), ({"to": "colleagues"}, made.colleagues)],
    )
    yield _gauge(
        "callcenter_outgoing_calls_limit",
        "How many of them the policy allows within an hour; at this number they stop.",
        [({"to": "callers"}, limits.callers_rung), ({"to": "colleagues"}, limits.colleagues_rung)],
    )


def _outbox(session: Session, now: datetime) -> Iterator[Metric]:
    owed = gauge_reads.outbox(session, now)
    yield _gauge(
        "callcenter_outbox_messages",
        "Orders to the outside that are not carried out yet, and those given up in the last 24 hours.",
        (({"kind": kind, "state": state}, n) for (kind, state), n in sorted(owed.by_kind.items())),
    )
    yield _gauge(
        "callcenter_messages_untold",
        "Messages that reached nobody: given up in the last 24 hours, or failing for 15 minutes.",
        (({"kind": kind}, n) for kind, n in untold(session, now).items()),
    )
    yield _gauge(
        "callcenter_outbox_oldest_seconds", "For how long the oldest order has been due.", [({}, owed.oldest_s)]
    )
    yield _gauge(
        "callcenter_recordings_oldest_seconds",
        "For how long the oldest message waits to be fetched from Twilio.",
        [({}, owed.oldest_recording_s)],
    )


def _runtime(session: Session, policy: Policy) -> Iterator[Metric]:
    runs = gauge_reads.last_good_runs(session)
    yield _gauge(
        "callcenter_job_last_success_timestamp_seconds",
        "When each job of the clock last did its work.",
        (({"job": job}, at.timestamp()) for job, at in sorted(runs.items())),
    )
    yield _gauge("callcenter_reachability_target_ratio", "The share aimed at.", [({}, policy.figures.target)])
    yield _gauge("callcenter_reachability_baseline_ratio", "The share we come from.", [({}, policy.figures.baseline)])
    yield _gauge("callcenter_build_info", "The release that answers.", [({"version": release()}, 1)])


def _freshness(fresh_within_s: Mapping[str, float]) -> Metric:
    return _gauge(
        "callcenter_job_fresh_within_seconds",
        "How old each job's last success may be.",
        (({"job": job}, seconds) for job, seconds in sorted(fresh_within_s.items())),
    )


def release() -> str:
    """The installed release's version."""
    try:
        return version("callcenter")
    except PackageNotFoundError:
        return "unknown"
