"""Which schools do we know, and from which numbers do they ring? `/api/v1/schools`."""

from pydantic import Field

from callcenter.access.audit import note
from callcenter.api.endpoint import Ask, NoParameters, Operation, operation
from callcenter.api.shapes import Answered, Asked, Listed, Paged, Text
from callcenter.cursor import cursor_of, position_of
from callcenter.directory import queries
from callcenter.rota.duty import preferred_consultant
from callcenter.rota.model import Rota
from callcenter.rota.versions import active_rota


class SchoolShape(Answered):
    """One DUO establishment. id: its code; numbers: E.164; preferred_consultant: whom its callers are used to."""

    id: str
    name: str
    place: str
    municipality: str
    rmc_region: str
    numbers: list[str]
    preferred_consultant: str | None


class SchoolPage(Listed):
    """Schools in order of name."""

    items: list[SchoolShape]


class SchoolsQuery(Paged):
    """q: words in name, place, municipality or code, or a whole number."""

    q: Text = ""


class TaughtNumber(Asked):
    """A number that a school rings from too."""

    number: Text = Field(min_length=1, max_length=40)


@operation(Operation("GET", "/schools", "Search the schools", answer=SchoolPage, query=SchoolsQuery))
def search_schools(ask: Ask[SchoolsQuery, None]) -> SchoolPage:
    """Schools that match, in order of name."""
    query = ask.query
    after = str(position_of(query.cursor, str)[0]) if query.cursor is not None else None
    page = queries.search(ask.session, query.q[:200], query.limit, after)
    rota = active_rota(ask.session)
    return SchoolPage(
        items=[_shape(school, rota) for school in page.items], next=cursor_of(page.next) if page.next else None
    )


@operation(Operation("GET", "/schools/<string:school_id>", "One school", answer=SchoolShape))
def get_school(ask: Ask[NoParameters, None], school_id: str) -> SchoolShape:
    """One school by its code."""
    return _shape(queries.school(ask.session, school_id), active_rota(ask.session))


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
def teach_number(ask: Ask[NoParameters, TaughtNumber], school_id: str) -> SchoolShape:
    """The school with the number it was taught."""
    school = queries.teach(ask.session, school_id, ask.body.number)
    note(ask.session, ask.now, ask.identity.name, "number_taught", f"school:{school.id}")
    return _shape(school, active_rota(ask.session))


def _shape(school: queries.School, rota: Rota | None) -> SchoolShape:
    preferred = preferred_consultant(rota, school.id, school.brin, school.municipality) if rota else None
    return SchoolShape(
        id=school.id,
        name=school.name,
        place=school.place,
        municipality=school.municipality,
        rmc_region=school.rmc_region,
        numbers=list(school.numbers),
        preferred_consultant=preferred,
    )
