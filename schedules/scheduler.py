"""Starts the jobs with APScheduler, which is only a clock: what is due is in the database."""

from datetime import UTC

from apscheduler.schedulers.background import BackgroundScheduler

from callcenter.office import Office
from callcenter.telephony.twilio_api import TwilioApi
from schedules.jobs import JOBS, run_job


def start_scheduler(office: Office, twilio: TwilioApi) -> BackgroundScheduler:
    """Start all jobs, each at once and then at its interval. Several missed runs become one run."""
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
