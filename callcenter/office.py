"""Settings, clock, database and counters of one running installation, in one value."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from flask import current_app
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from callcenter.clock import Clock
from callcenter.settings import Settings
from callcenter.storage.totals import PendingTotals


def _nothing_to_wake() -> None:
    return None


@dataclass
class Office:
    """One running installation.

    wake: called after a commit, so that the dispatcher carries out the new orders at once.
    job_reports: when this process last stored that a job succeeded, by the job's name.
    """

    settings: Settings
    clock: Clock
    engine: Engine
    sessions: sessionmaker[Session]
    totals: PendingTotals = field(default_factory=PendingTotals)
    wake: Callable[[], None] = _nothing_to_wake
    opened_at: datetime = field(init=False)
    job_reports: dict[str, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.opened_at = self.clock.now()


def current_office() -> Office:
    """The office of the Flask app that handles this request."""
    return cast(Office, current_app.extensions["callcenter"])
