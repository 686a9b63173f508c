"""When did each job of the clock last run well? For the administrator's page."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.storage.records import JobRun


def job_runs(session: Session) -> Sequence[JobRun]:
    """Every job that ever ran, by name."""
    return session.scalars(select(JobRun).order_by(JobRun.name)).all()
