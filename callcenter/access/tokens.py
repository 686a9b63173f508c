"""The bearer tokens of the API. Only their hashes are stored."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, CursorResult, and_, or_, select, update
from sqlalchemy.orm import Session

from callcenter.access.records import ApiToken, User
from callcenter.access.secret_hash import digest
from callcenter.access.token_rules import DAYS, expires_at, is_to_be_noted
from callcenter.access.users import ROLES, checked_role
from callcenter.errors import InvalidInput, NotFound
from callcenter.plaintext import plain
from callcenter.storage.system_facts import store_fact

PREFIX = "cc_"
# With " (token 123456)" behind it, a name fits where the audit log and callbacks store who did something.
NAME_MAX = 80
_NAMING = "token_names"


@dataclass(frozen=True, slots=True)
class Identity:
    """The client behind a token. consultant: the code, for a consultant's own token; name: the token's name;
    is_to_be_noted: whether `note_use` is due."""

    token_id: int
    role: str
    consultant: str | None
    name: str
    is_to_be_noted: bool = False

    @property
    def actor(self) -> str:
        """Who did something, for the audit log. The number tells a token from a former one of its name."""
        return f"{self.name[:NAME_MAX]} (token {self.token_id})"


def create_token(
    session: Session,
    now: datetime,
    role: str,
    consultant: str | None = None,
    name: str | None = None,
    *,
    days: int = DAYS,
    owner_id: int | None = None,
    made_by_id: int | None = None,
) -> str:
    """Create a token. It is returned once. Does not commit.

    name: no two valid tokens have the same; None: one is made up. days: how long it is valid, 0: for ever. owner_id:
    the login of the person whose token it is, with which it ends; None: a program's, or that of the consultant's code.
    made_by_id: the login that makes it. Raises InvalidInput on `name`, `days`, on `owner` when there is no such login
    or it was taken away, and when role and code do not fit.
    """
    code = checked_role(role, consultant)
    # Whoever takes the login away at this moment waits, and then finds the token too.
    owner = select(User.id).where(User.id == owner_id, User.disabled_at.is_(None)).with_for_update()
    if owner_id is not None and session.scalar(owner) is None:
        raise InvalidInput("owner", "there is no such login, or it was taken away")
    # The row stays locked until the transaction ends, so that two at once do not get the same name.
    store_fact(session, _NAMING, {}, now)
    label = _free_name(session, now, name, code or role)
    secret = PREFIX + secrets.token_urlsafe(32)
    session.add(
        ApiToken(
            name=label,
            role=role,
            consultant=code,
            token_hash=digest(secret),
            created_at=now,
            expires_at=expires_at(days, now),
            owner_id=owner_id,
            made_by_id=made_by_id,
        )
    )
    session.flush()
    return secret


def authenticate(session: Session, now: datetime, bearer: str) -> Identity | None:
    """The client of this token, or None when it is unknown, revoked or expired. One statement."""
    row = session.execute(
        select(ApiToken.id, ApiToken.role, ApiToken.consultant, ApiToken.name, ApiToken.used_at).where(
            ApiToken.token_hash == digest(bearer), _valid(now)
        )
    ).first()
    if row is None:
        return None
    return Identity(row.id, row.role, row.consultant, row.name, is_to_be_noted(row.used_at, now))


def note_use(session: Session, now: datetime, token_id: int) -> None:
    """Store that the token was used now. Does not commit."""
    session.execute(update(ApiToken).where(ApiToken.id == token_id).values(used_at=now))


def all_tokens(session: Session) -> Sequence[ApiToken]:
    """Every token, also revoked and expired ones, in the order of their creation."""
    return session.scalars(select(ApiToken).order_by(ApiToken.id)).all()


def made_for_programs(session: Session, now: datetime, user_id: int) -> Sequence[ApiToken]:
    """The valid tokens that this login made and that are nobody's own."""
    return session.scalars(
        select(ApiToken)
        .where(_valid(now), ApiToken.made_by_id == user_id, ApiToken.owner_id.is_(None), ApiToken.consultant.is_(None))
        .order_by(ApiToken.id)
    ).all()


def token_name(session: Session, token_id: int) -> str:
    """The name of a token. Raises NotFound."""
    return _token(session, token_id).name


def revoke_token(session: Session, now: datetime, token_id: int) -> ApiToken:
    """Revoke a token. Raises NotFound."""
    token = _token(session, token_id)
    token.revoked_at = token.revoked_at or now
    return token


def _token(session: Session, token_id: int) -> ApiToken:
    token = session.get(ApiToken, token_id)
    if token is None:
        raise NotFound(f"there is no token {token_id}")
    return token


def revoke_tokens_of(
    session: Session, now: datetime, user_id: int, consultant: str | None, above: str | None = None
) -> int:
    """Revoke the tokens of this login, and those of its consultant's code. Returns how many. Does not commit.

    above: only those that may do more than this role.
    """
    own = ApiToken.owner_id == user_id
    if consultant is not None:
        own = or_(own, ApiToken.consultant == consultant)
    roles = ROLES if above is None else ROLES[ROLES.index(above) + 1 :]
    result = session.execute(update(ApiToken).where(own, ApiToken.role.in_(roles), _valid(now)).values(revoked_at=now))
    assert isinstance(result, CursorResult)
    return result.rowcount


def owners(session: Session) -> dict[int, User]:
    """Every login by its id, to name whose a token is."""
    return {user.id: user for user in session.scalars(select(User))}


def _valid(now: datetime) -> ColumnElement[bool]:
    return and_(ApiToken.revoked_at.is_(None), or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now))


def _free_name(session: Session, now: datetime, name: str | None, otherwise: str) -> str:
    """The given name, if it can be used; else one that no valid token has. Raises InvalidInput on `name`."""
    used = set(session.scalars(select(ApiToken.name).where(_valid(now))))
    wanted = plain("name", (name or "").strip())
    if len(wanted) > NAME_MAX:
        raise InvalidInput("name", "a token's name has at most 80 characters")
    if wanted in used:
        raise InvalidInput("name", "a valid token has this name already; choose another one")
    if wanted:
        return wanted
    numbered = (f"{otherwise} {n}" for n in range(2, len(used) + 3))
    return otherwise if otherwise not in used else next(one for one in numbered if one not in used)
