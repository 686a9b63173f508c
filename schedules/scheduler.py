"""Runs the jobs by APScheduler, which is only a timer: all state is in the database, and missed runs coalesce."""

from datetime import UTC

from apscheduler.schedulers.background import BackgroundScheduler

from callcenter.office import Office
from callcenter.telephony.twilio_api import TwilioApi
from schedules.jobs import JOBS, run_job


def start_scheduler(office: Office, twilio: TwilioApi) -> BackgroundScheduler:
    """Start all jobs: each runs at once and then at its interval. One run replaces all missed ones."""
    scheduler = BackgroundScheduler(timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1})
    first = office.clock.now()
    for job in JOBS:
        scheduler.add_job(
            run_job,
            "interval",
            seconds=job.every_s,
            args=(office, twilio, job),
            id=job.name,
            next_run_time=first,
            misfire_grace_time=None,
        )
    scheduler.start()
    return scheduler
