"""The scheduled jobs and their intervals. Each job reads from the database what is due."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from callcenter.logs import database_away
from callcenter.office import Office
from callcenter.reachability.promise_totals import count_promises
from callcenter.routing import survey_rounds
from callcenter.routing.reconcile import run_reconcile
from callcenter.routing.sweep import run_due, run_sweep
from callcenter.storage.base import overwrite, table_of
from callcenter.storage.records import JobRun
from callcenter.storage.statements import prepared_upsert
from callcenter.telephony.twilio_api import RestError, TwilioApi
from schedules import callbacks, clock_steps, erasure, gaps, limits, reports, retention, rollup

log = logging.getLogger(__name__)
# A job that runs every second stores its success this often, to save a write every second.
STORE_SUCCESS_EVERY = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Job:
    """One job. every_s: its interval in seconds. Several hosts may run it at once."""

    name: str
    every_s: int
    run: Callable[[Office, TwilioApi], object]


# Prepared once, since some job succeeds every few seconds.
_SUCCESS = prepared_upsert(table_of(JobRun), ("name", "last_success_at"), overwrite(["name"], ["last_success_at"]))


def _with_messages(office: Office, run: Callable[..., int]) -> int:
    settings = office.settings
    return run(
        office.sessions,
        office.clock,
        public_url=settings.public_url,
        locale=settings.locale,
        lead_channels=len(settings.notify_urls),
    )


def _order_reports(office: Office) -> int:
    return reports.run(office.sessions, office.clock, can_mail=office.settings.mail_url is not None)


JOBS: tuple[Job, ...] = (
    Job("calls", 1, lambda office, _twilio: run_due(office.sessions, office.clock.now())),
    Job("sweep", 10, lambda office, _twilio: run_sweep(office.sessions, office.clock.now())),
    Job("clock_steps", 10, lambda office, _twilio: clock_steps.run(office.sessions, office.clock)),
    Job("promises", 15, lambda office, _twilio: count_promises(office.sessions, office.clock.now())),
    Job("callbacks", 15, lambda office, _twilio: _with_messages(office, callbacks.run)),
    Job("limits", 60, lambda office, _twilio: _with_messages(office, limits.run)),
    Job("survey", 300, lambda office, _twilio: survey_rounds.run(office.sessions, office.clock.now())),
    Job("erasure", 300, lambda office, _twilio: erasure.run(office.sessions)),
    Job("reconcile", 300, lambda office, twilio: run_reconcile(office.sessions, twilio, office.clock.now())),
    Job("rollup", 3600, lambda office, _twilio: rollup.run(office.sessions, office.clock)),
    Job("gaps", 3600, lambda office, _twilio: _with_messages(office, gaps.run)),
    Job("reports", 3600, lambda office, _twilio: _order_reports(office)),
    Job(retention.NAME, 6 * 3600, lambda office, _twilio: retention.run_if_believed(office.sessions, office.clock)),
)

# The age in seconds of a job's last success from which `/readyz` fails: three intervals, but at least a minute.
FRESH_WITHIN_S: Mapping[str, float] = {job.name: max(60.0, 3.0 * job.every_s) for job in JOBS}


def run_job(office: Office, twilio: TwilioApi, job: Job) -> bool:
    """Run one job and store its success or failure. A failure is logged; the scheduler repeats the run.

    Returns whether the job succeeded.
    """
    try:
        job.run(office, twilio)
        _store_success(office, job)
    except RestError as error:
        log.warning("job %s waits for Twilio: %s", job.name, error.code)
        _store_failure(office, job, error)
        return False
    except Exception as error:
        log.exception("job %s failed", job.name)
        _store_failure(office, job, error)
        return False
    return True


def _store_success(office: Office, job: Job) -> None:
    now = office.clock.now()
    stored_at = office.job_reports.get(job.name)
    if stored_at is None or not timedelta(0) <= now - stored_at < STORE_SUCCESS_EVERY:
        with office.sessions.begin() as session:
            _SUCCESS(session.connection(), {"name": job.name, "last_success_at": now})
        office.job_reports[job.name] = now


def _store_failure(office: Office, job: Job, error: Exception) -> None:
    try:
        with office.sessions.begin() as session:
            row = session.get(JobRun, job.name) or JobRun(name=job.name)
            session.add(row)
            row.last_error = type(error).__name__
            row.last_error_at = office.clock.now()
    except Exception:
        # Mostly the database cannot be reached. Then the log above has the cause, and /readyz shows the age.
        if not database_away(error):
            log.warning("how job %s failed could not be kept", job.name)
