"""What ends when a login is taken away: sessions, API tokens, calendar address and push messages, all at once."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from callcenter.access.calendar_addresses import revoke_addresses
from callcenter.access.push_devices import forget_devices
from callcenter.access.records import User
from callcenter.access.tokens import made_for_programs, revoke_tokens_of
from callcenter.access.users import disable_user


@dataclass(frozen=True, slots=True)
class TakenAway:
    """A login that was taken away. revoked: how many of the person's tokens ended; left: the names of valid tokens that
    the person made for programs, which go on working."""

    user: User
    revoked: int
    left: tuple[str, ...]


def take_away(session: Session, now: datetime, email: str) -> TakenAway:
    """Disable a login, and end its sessions, API tokens, calendar address and push messages.

    Does not commit. Raises NotFound.
    """
    user = disable_user(session, now, email)
    forget_devices(session, user.id)
    revoked = revoke_tokens_of(session, now, user.id, user.consultant)
    if user.consultant is not None:
        revoke_addresses(session, now, user.consultant)
    return TakenAway(user, revoked, tuple(token.name for token in made_for_programs(session, now, user.id)))
