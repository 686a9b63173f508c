"""`/api/v1/rota`: the planned duty, the gaps, and loading a new rota."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from flask import Response
from pydantic import AfterValidator, Field, model_validator

from callcenter.access.audit import note
from callcenter.api.endpoint import ApiRequest, NoParameters, Operation, operation
from callcenter.api.problems import problem
from callcenter.api.shapes import Input, InputDate, Instant, Output, Text, storable
from callcenter.errors import InvalidInput
from callcenter.reachability.days import day_start
from callcenter.rota import versions
from callcenter.rota.duty import gaps, timeline
from callcenter.rota.hours import opening
from callcenter.rota.model import Rota
from callcenter.rota.reading.archive import unpack
from callcenter.rota.reading.faults import Fault
from callcenter.rota.reading.files import read_files
from callcenter.rota.versions import required_active, required_rota

_MOST_DAYS = 400


class DutyShape(Output):
    """One person's uninterrupted duty in one role."""

    consultant: str
    role: Literal["line", "backup"]
    start: Instant
    end: Instant


class Stretch(Output):
    """A period. start: its first instant; end: the first instant after it."""

    start: Instant
    end: Instant


class RotaShape(Output):
    """The duty of a period, sorted by start, and the opening hours in it."""

    items: list[DutyShape]
    next: None = None
    open: list[Stretch]
    version: int


class GapsShape(Output):
    """Open time with too few people planned. coverage: 0..1, null without open time."""

    gaps: list[Stretch]
    coverage: float | None


class FaultShape(Output):
    """An error or a warning in the files."""

    file: str
    line: int
    code: str
    text: str


class VersionShape(Output):
    """A rota that was loaded, and the warnings of its checks."""

    version: int
    loaded_at: Instant
    author: str
    note: str | None
    sha256: str
    warnings: list[FaultShape]


class RotaQuery(Input):
    """Which local days. from: the first, by default today; to: the day after the last."""

    from_: InputDate | None = Field(default=None, alias="from")
    to: InputDate | None = None


class RotaFiles(Input):
    """The files' text by name, such as {"files": {"shifts.csv": "…"}}. The inner object alone is accepted too."""

    files: dict[str, Text]
    note: Annotated[str, Field(max_length=200), AfterValidator(storable)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _files_alone(cls, value: Any) -> Any:
        if isinstance(value, dict) and "files" not in value:
            return {"files": value}
        return value


@operation(Operation("GET", "/rota", "Who is on duty when", answer=RotaShape, query=RotaQuery))
def get_rota(request: ApiRequest[RotaQuery, None]) -> RotaShape:
    """The duty of a period, by default a week."""
    number, rota = required_active(request.session)
    start, end = _period(rota, request.query, request.now, 7)
    return RotaShape(
        items=[DutyShape.model_validate(found, from_attributes=True) for found in timeline(rota, start, end)],
        open=[Stretch.model_validate(found, from_attributes=True) for found in opening(rota, start, end)],
        version=number,
    )


@operation(Operation("GET", "/rota/gaps", "Where too few people are planned", answer=GapsShape, query=RotaQuery))
def get_gaps(request: ApiRequest[RotaQuery, None]) -> GapsShape:
    """The gaps of a period, by default four weeks."""
    rota = required_rota(request.session)
    found = gaps(rota, *_period(rota, request.query, request.now, 28))
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
def put_rota(request: ApiRequest[NoParameters, RotaFiles | bytes]) -> VersionShape | Response:
    """The version that was loaded, or 422 with every fault. After a refusal the last good version stays active."""
    if isinstance(request.body, bytes):
        files, remark = unpack(request.body), ""
    else:
        files = {name: text.encode() for name, text in request.body.files.items()}
        remark = request.body.note or ""
    read = read_files(files, request.now)
    versions.note_load_attempt(request.session, request.now, failed=read.rota is None)
    if read.rota is None:
        return _refused(read.errors)
    version = versions.store(request.session, files, read, request.identity.name, request.now, remark)
    note(request.session, request.now, request.identity.actor, "rota_loaded", f"rota:{version.id}")
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
