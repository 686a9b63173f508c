"""`/api/v1/schools`: the schools, and the numbers they call from."""

from callcenter.access.audit import note
from callcenter.api.endpoint import ApiRequest, NoParameters, Operation, operation
from callcenter.api.shapes import Input, ListOutput, NumberText, Output, PageQuery, Text
from callcenter.cursor import cursor_of, position_of
from callcenter.directory import queries
from callcenter.rota.model import Rota
from callcenter.rota.versions import active_rota


class SchoolShape(Output):
    """One DUO establishment. id: its code; numbers: E.164; preferred_consultant: rung first for its calls."""

    id: str
    name: str
    place: str
    municipality: str
    rmc_region: str
    numbers: list[str]
    preferred_consultant: str | None


class SchoolPage(ListOutput):
    """Schools in order of name."""

    items: list[SchoolShape]


class SchoolsQuery(PageQuery):
    """Which schools. q: words in name, place, municipality or code, or a whole telephone number."""

    q: Text = ""


class TaughtNumber(Input):
    """A further number that a school calls from."""

    number: NumberText


@operation(
    Operation("GET", "/schools", "Search the schools", answer=SchoolPage, query=SchoolsQuery, numbers_of="schools")
)
def search_schools(request: ApiRequest[SchoolsQuery, None]) -> SchoolPage:
    """Schools that match, in order of name."""
    query = request.query
    after = str(position_of(query.cursor, str)[0]) if query.cursor is not None else None
    page = queries.search(request.session, query.q[:200], query.limit, after)
    rota = active_rota(request.session)
    return SchoolPage(
        items=[_shape(school, rota) for school in page.items], next=cursor_of(page.next) if page.next else None
    )


@operation(Operation("GET", "/schools/<string:school_id>", "One school", answer=SchoolShape, numbers_of="schools"))
def get_school(request: ApiRequest[NoParameters, None], school_id: str) -> SchoolShape:
    """One school by its code."""
    return _shape(queries.school(request.session, school_id), active_rota(request.session))


@operation(
    Operation(
        "POST",
        "/schools/<string:school_id>/numbers",
        "Teach the directory a number of this school",
        answer=SchoolShape,
        body=TaughtNumber,
        status=201,
    )
)
def teach_number(request: ApiRequest[NoParameters, TaughtNumber], school_id: str) -> SchoolShape:
    """The school with the new number."""
    school = queries.teach(request.session, school_id, request.body.number)
    note(request.session, request.now, request.identity.actor, "number_taught", f"school:{school.id}")
    return _shape(school, active_rota(request.session))


def _shape(school: queries.School, rota: Rota | None) -> SchoolShape:
    preferred = rota.preferred_consultant(school.id, school.brin, school.municipality) if rota else None
    return SchoolShape(
        id=school.id,
        name=school.name,
        place=school.place,
        municipality=school.municipality,
        rmc_region=school.rmc_region,
        numbers=list(school.numbers),
        preferred_consultant=preferred,
    )
