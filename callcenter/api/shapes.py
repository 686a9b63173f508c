"""The types of values in JSON and in queries, and the models that several resources share."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.directory.records import Contact
from callcenter.plaintext import odd_character
from callcenter.rota.show.render import utc_text

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ].*")


class Output(BaseModel):
    """A model of an answer."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)


class Input(BaseModel):
    """A model of a query or a body. Unknown members are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=False, hide_input_in_errors=True)


def _typed_instant(value: Any) -> Any:
    # Parsed here, since Pydantic reads digits as seconds since 1970.
    if not isinstance(value, str):
        return value
    try:
        return datetime.fromisoformat(value if _INSTANT.fullmatch(value) else "")
    except ValueError:
        raise ValueError("must be an instant such as 2027-03-26T08:00:00Z") from None


def _typed_date(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value if _DATE.fullmatch(value) else "")
    except ValueError:
        raise ValueError("must be a date such as 2027-03-26") from None


def storable(value: str) -> str:
    """The text, if it can be stored and shown. It may have several lines. Raises ValueError."""
    odd = odd_character(value, lines=True)
    if odd is not None:
        raise ValueError(f"must not hold the character {odd}")
    return value


def _in_reach(value: datetime) -> datetime:
    if not 1970 <= value.year < 2200:
        raise ValueError("must be between 1970 and 2200")
    return value.astimezone(UTC)


def _day_in_reach(value: date) -> date:
    if not 1970 <= value.year < 2200:
        raise ValueError("must be between 1970 and 2200")
    return value


Instant = Annotated[
    datetime,
    PlainSerializer(utc_text, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2027-03-26T08:00:00Z"]}),
]
InputInstant = Annotated[AwareDatetime, BeforeValidator(_typed_instant), AfterValidator(_in_reach)]
InputDate = Annotated[date, BeforeValidator(_typed_date), AfterValidator(_day_in_reach)]
Text = Annotated[str, AfterValidator(storable)]
# The length is checked before the validator: after it, a fault would be said in items instead of characters.
NumberText = Annotated[str, Field(min_length=1, max_length=40), AfterValidator(storable)]
CursorText = Annotated[str, Field(min_length=1), AfterValidator(storable)]
Limit = Annotated[int, Field(ge=1, le=200)]


class PageQuery(Input):
    """The two query parameters of every list."""

    limit: Limit = 50
    cursor: CursorText | None = None


Group = Literal["school", "partner", "parent", "youth", "unknown"]


class SchoolName(Output):
    """The school to which the number belongs. id: DUO's code of the establishment."""

    id: str
    name: str


class ListOutput(Output):
    """One page of a list. next: the cursor of the next page, null on the last one."""

    next: str | None = Field(default=None)


def school_names(session: Session, contact_ids: Iterable[int | None]) -> dict[int | None, SchoolName]:
    """The schools among these contacts, by contact id. One statement."""
    wanted = {contact_id for contact_id in contact_ids if contact_id is not None}
    if not wanted:
        return {}
    rows = session.execute(
        select(Contact.id, Contact.duo_code, Contact.name).where(Contact.id.in_(wanted), Contact.duo_code.is_not(None))
    )
    return {contact_id: SchoolName(id=code or "", name=name) for contact_id, code, name in rows}
