"""Which lines do we answer? All of them, oldest first."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.lines.records import Line


def all_lines(session: Session) -> Sequence[Line]:
    """Every line; the first is the one that a callback made by hand is rung from."""
    return session.scalars(select(Line).order_by(Line.id)).all()
