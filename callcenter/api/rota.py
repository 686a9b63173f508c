"""Who is planned when, where are the gaps, and how is a rota put in force? `/api/v1/rota`."""

from datetime import date, datetime, timedelta
from typing import Any, Literal

from flask import Response
from pydantic import Field, model_validator

from callcenter.access.audit import note
from callcenter.api.endpoint import Ask, NoParameters, Operation, active_rota, operation
from callcenter.api.problems import problem
from callcenter.api.rota_upload import unpacked
from callcenter.api.values import Answered, Asked, GivenDate, Instant, Text
from callcenter.errors import InvalidInput
from callcenter.reachability.days import day_start
from callcenter.rota import versions
from callcenter.rota.duty import gaps, opening, timeline
from callcenter.rota.load_state import note_load
from callcenter.rota.model import Rota
from callcenter.rota.reading.faults import Fault
from callcenter.rota.reading.files import read_files

_MOST_DAYS = 400


class DutyShape(Answered):
    """One person's unbroken duty in one role."""

    consultant: str
    role: Literal["line", "backup"]
    start: Instant
    end: Instant


class Stretch(Answered):
    """From start up to end."""

    start: Instant
    end: Instant


class RotaShape(Answered):
    """The duty of a period, sorted by start, and when the line is open in it."""

    items: list[DutyShape]
    next: None = None
    open: list[Stretch]
    version: int


class GapsShape(Answered):
    """Open time with too few people planned. coverage: 0..1, null when there is no open time."""

    gaps: list[Stretch]
    coverage: float | None


class FaultShape(Answered):
    """Something in the files that a person should mend."""

    file: str
    line: int
    code: str
    text: str


class VersionShape(Answered):
    """A rota put in force, and what the checks remarked."""

    version: int
    loaded_at: Instant
    author: str
    note: str | None
    sha256: str
    warnings: list[FaultShape]


class RotaQuery(Asked):
    """Which local days: from is the first, to the day after the last; without them from today."""

    from_: GivenDate | None = Field(default=None, alias="from")
    to: GivenDate | None = None


class RotaFiles(Asked):
    """The files' text by name, such as {"files": {"shifts.csv": "…"}}; the names and texts alone will do too."""

    files: dict[str, Text]
    note: Text | None = Field(default=None, max_length=200)

    @model_validator(mode="before")
    @classmethod
    def _files_alone(cls, value: Any) -> Any:
        if isinstance(value, dict) and "files" not in value:
            return {"files": value}
        return value


@operation(Operation("GET", "/rota", "Who is on duty when", answer=RotaShape, query=RotaQuery))
def get_rota(ask: Ask[RotaQuery, None]) -> RotaShape:
    """The duty of a period, a week unless said otherwise."""
    rota = active_rota(ask.session)
    start, end = _period(rota, ask.query, ask.now, 7)
    active = versions.active(ask.session)
    return RotaShape(
        items=[DutyShape.model_validate(found, from_attributes=True) for found in timeline(rota, start, end)],
        open=[Stretch.model_validate(found, from_attributes=True) for found in opening(rota, start, end)],
        version=active[0] if active else 0,
    )


@operation(Operation("GET", "/rota/gaps", "Where too few people are planned", answer=GapsShape, query=RotaQuery))
def get_gaps(ask: Ask[RotaQuery, None]) -> GapsShape:
    """The gaps of a period, four weeks unless said otherwise."""
    rota = active_rota(ask.session)
    found = gaps(rota, *_period(rota, ask.query, ask.now, 28))
    return GapsShape(
        gaps=[Stretch.model_validate(gap, from_attributes=True) for gap in found.gaps], coverage=found.coverage
    )


@operation(
    Operation(
        "PUT",
        "/rota",
        "Put the files in force as the new rota: all of them, or none when a check fails",
        answer=VersionShape,
        body=RotaFiles,
        raw_body="application/zip",
    )
)
def put_rota(ask: Ask[NoParameters, RotaFiles | bytes]) -> VersionShape | Response:
    """The version loaded; 422 with every fault when it is refused, the last good one then stays."""
    if isinstance(ask.body, bytes):
        files, remark = unpacked(ask.body), ""
    else:
        files = {name: text.encode() for name, text in ask.body.files.items()}
        remark = ask.body.note or ""
    read = read_files(files, ask.now)
    note_load(ask.session, ask.now, failed=read.rota is None)
    if read.rota is None:
        return _refused(read.errors)
    version = versions.load(ask.session, files, ask.identity.name, ask.now, remark)
    note(ask.session, ask.now, ask.identity.name, "rota_loaded", f"rota:{version.id}")
    return VersionShape(
        version=version.id,
        loaded_at=version.loaded_at,
        author=version.author,
        note=version.note,
        sha256=version.sha256,
        warnings=[_fault(fault) for fault in read.faults],
    )


def _refused(faults: tuple[Fault, ...]) -> Response:
    listed = [
        {"field": f"{fault.file}:{fault.line}", "message": fault.sentence("en"), **_fault(fault).model_dump()}
        for fault in faults
    ]
    first = listed[0]
    return problem(422, f"the rota was refused: {faults[0].report('en')}", field=first["field"], errors=listed)


def _fault(fault: Fault) -> FaultShape:
    return FaultShape(file=fault.file, line=fault.line, code=fault.code, text=fault.sentence("en"))


def _period(rota: Rota, query: RotaQuery, now: datetime, days: int) -> tuple[datetime, datetime]:
    first = query.from_ or _default_first(rota, query.to, now, days)
    end = query.to or first + timedelta(days=days)
    if first >= end:
        raise InvalidInput("to", "must be later than from")
    if (end - first).days > _MOST_DAYS:
        raise InvalidInput("to", f"at most {_MOST_DAYS} days at a time")
    return day_start(rota.zone, first), day_start(rota.zone, end)


def _default_first(rota: Rota, end: date | None, now: datetime, days: int) -> date:
    today = now.astimezone(rota.zone).date()
    return today if end is None or end > today else end - timedelta(days=days)
