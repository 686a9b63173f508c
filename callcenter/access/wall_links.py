"""The links by which screens show the wall without a login. Only their hashes are stored."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from callcenter.access.records import WallLink
from callcenter.access.secret_hash import digest
from callcenter.access.token_rules import is_to_be_noted
from callcenter.errors import InvalidInput, NotFound
from callcenter.plaintext import plain

NAME_MAX = 80


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A link that holds. is_to_be_noted: whether `note_use` is due."""

    id: int
    is_to_be_noted: bool


def create_link(session: Session, now: datetime, name: str, made_by: str) -> tuple[int, str]:
    """Create a link, and return its id and its secret, which is returned once. Does not commit.

    name: where the screen hangs; made_by: the login. Raises InvalidInput on `name`.
    """
    wanted = plain("name", name.strip())
    if not wanted:
        raise InvalidInput("name", "say where the screen hangs")
    if len(wanted) > NAME_MAX:
        raise InvalidInput("name", "the name of a screen has at most 80 characters")
    secret = secrets.token_urlsafe(32)
    link = WallLink(name=wanted, token_hash=digest(secret), created_at=now, created_by=made_by)
    session.add(link)
    session.flush()
    return link.id, secret


def open_link(session: Session, now: datetime, secret: str) -> OpenLink | None:
    """The link with this secret, or None when it is unknown or revoked. One statement."""
    row = session.execute(
        select(WallLink.id, WallLink.used_at).where(
            WallLink.token_hash == digest(secret), WallLink.revoked_at.is_(None)
        )
    ).first()
    return OpenLink(row.id, is_to_be_noted(row.used_at, now)) if row is not None else None


def note_use(session: Session, now: datetime, link_id: int) -> None:
    """Store that the link was used now. Does not commit."""
    session.execute(update(WallLink).where(WallLink.id == link_id).values(used_at=now))


def all_links(session: Session) -> Sequence[WallLink]:
    """Every link: first those that hold, then the revoked ones, and of each the newest first."""
    return session.scalars(select(WallLink).order_by(WallLink.revoked_at.is_not(None), WallLink.id.desc())).all()


def link_name(session: Session, link_id: int) -> str:
    """Where the screen of a link hangs. Raises NotFound."""
    return _link(session, link_id).name


def revoke_link(session: Session, now: datetime, link_id: int) -> WallLink:
    """Revoke a link. Raises NotFound."""
    link = _link(session, link_id)
    link.revoked_at = link.revoked_at or now
    return link


def _link(session: Session, link_id: int) -> WallLink:
    link = session.get(WallLink, link_id)
    if link is None:
        raise NotFound(f"there is no wall link {link_id}")
    return link
