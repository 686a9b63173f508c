"""`/healthz` and `/readyz`: whether the process is alive, and whether it is ready for calls."""

from collections.abc import Callable, Mapping
from datetime import datetime

from flask import Blueprint, Response, current_app, json
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from callcenter.clock import lies_ahead
from callcenter.office import Office, current_office
from callcenter.reachability.gauge_reads import last_good_runs
from callcenter.rota.records import RotaVersion
from callcenter.storage.engine import reading
from callcenter.storage.migrate import is_current

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> Response:
    """200 whenever requests are answered at all. Nothing else is checked."""
    return _answer(200, {"status": "ok"})


@blueprint.get("/readyz")
def ready() -> Response:
    """200 when a call would be handled properly, else 503 with the checks that fail."""
    checks = _checks(current_office(), current_app.extensions.get("callcenter_jobs", {}))
    results: dict[str, tuple[bool, str]] = {name: (fault is None, fault or "ok") for name, fault in checks.items()}
    warm: Callable[[], Mapping[str, tuple[bool, str]]] | None = current_app.extensions.get("callcenter_readiness")
    results |= warm() if warm is not None else {}
    failing = sorted(name for name, (holds, _) in results.items() if not holds)
    body = {
        "status": "not ready" if failing else "ready",
        "failing": failing,
        "checks": {name: text for name, (_, text) in results.items()},
    }
    return _answer(503 if failing else 200, body)


def _checks(office: Office, jobs: dict[str, float]) -> dict[str, str | None]:
    """The fault of each check, None when it passes. jobs: the greatest age of a last good run, in seconds."""
    try:
        if not is_current(office.engine):
            return {"database": None, "migrations": "not current: run `callcenter db upgrade`"}
        with reading(office.sessions) as session:
            loaded = session.scalar(select(RotaVersion.id).limit(1)) is not None
            runs = last_good_runs(session)
    except SQLAlchemyError as error:
        return {"database": f"does not answer ({type(error).__name__})"}
    checks: dict[str, str | None] = {
        "database": None,
        "migrations": None,
        "rota": None if loaded else "none is loaded: run `callcenter rota load DIR`",
    }
    now = office.clock.now()
    if lies_ahead(office.opened_at, now):
        office.opened_at = now
    for name, max_age_s in sorted(jobs.items()):
        checks[f"job:{name}"] = _fault_of_job(runs.get(name), office.opened_at, max_age_s, now)
    return checks


def _fault_of_job(last: datetime | None, opened_at: datetime, max_age_s: float, now: datetime) -> str | None:
    """Why a job is not fresh, None when it is. last: its last good run; without one it has as long, from opened_at on.

    A run in the future says nothing about how long ago it was, so it is not fresh.
    """
    age_s = (now - (last or opened_at)).total_seconds()
    if last is not None and lies_ahead(last, now):
        return f"the clock stepped back: last done {round(-age_s)} s in the future"
    if age_s <= max_age_s:
        return None
    return f"last done {round(age_s)} s ago" if last else "has not run yet"


def _answer(status: int, body: Mapping[str, object]) -> Response:
    response = Response(json.dumps(body), status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
