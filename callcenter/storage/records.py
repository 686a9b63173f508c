"""Tables of the installation itself: job runs, facts such as how far calls are reconciled, and metric totals."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.base import Base


class JobRun(Base):
    """The last successful run and the last error of one periodic job."""

    __tablename__ = "job_run"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    last_success_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(200))
    last_error_at: Mapped[datetime | None]


class SystemFact(Base):
    """A fact about this installation, by key."""

    __tablename__ = "system_fact"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class MetricTotal(Base):
    """A counter or one bucket of a histogram. It only grows, and is shared by all hosts."""

    __tablename__ = "metric_total"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    labels: Mapped[str] = mapped_column(String(200), primary_key=True)  # canonical JSON of the labels
    value: Mapped[float]
