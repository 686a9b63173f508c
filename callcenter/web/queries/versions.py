"""When was this rota loaded, and by whom? A version's facts without its files."""

from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from callcenter.rota.records import RotaVersion


def version_facts(session: Session, number: int) -> Row[*tuple[Any, ...]] | None:
    """id, loaded_at, author and note of one version."""
    return session.execute(
        select(RotaVersion.id, RotaVersion.loaded_at, RotaVersion.author, RotaVersion.note).where(
            RotaVersion.id == number
        )
    ).first()
