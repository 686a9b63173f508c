"""Which instant did somebody type? The local date and time of a form's field."""

from datetime import datetime

from callcenter.errors import InvalidInput
from callcenter.web import formats
from callcenter.web.text import _


def local_moment(text: str, field: str) -> datetime | None:
    """The instant of `2027-06-08T14:30` in Amsterdam, or None when nothing was typed. Raises InvalidInput."""
    if not text.strip():
        return None
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=formats.ZONE)
    except ValueError:
        raise InvalidInput(field, _("this is not a day and a time")) from None
