"""Stores passkeys, finds the login that one opens, and takes each answer to a challenge once."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CursorResult, delete, or_, select, update
from sqlalchemy.orm import Session

from callcenter.access.passkeys.records import Passkey
from callcenter.access.records import User
from callcenter.access.secret_hash import digest
from callcenter.errors import InvalidInput

# A person has a telephone and some computers.
MOST_PASSKEYS = 10


def add(
    session: Session, now: datetime, user_id: int, *, credential_id: str, public_key: str, sign_count: int, name: str
) -> Passkey:
    """Store a passkey that was just made and checked. Does not commit.

    Raises InvalidInput for one that is known already, and beyond MOST_PASSKEYS.
    """
    session.execute(select(User.id).where(User.id == user_id).with_for_update())
    if session.scalar(select(Passkey.id).where(Passkey.credential_hash == digest(credential_id))) is not None:
        raise InvalidInput("passkey", "this passkey is known already")
    if len(passkeys_of(session, user_id)) >= MOST_PASSKEYS:
        raise InvalidInput("passkey", "there are too many passkeys: remove one first")
    made = Passkey(
        user_id=user_id,
        credential_hash=digest(credential_id),
        credential_id=credential_id,
        public_key=public_key,
        sign_count=sign_count,
        name=name[:80],
        created_at=now,
    )
    session.add(made)
    session.flush()
    return made


def passkeys_of(session: Session, user_id: int) -> Sequence[Passkey]:
    """A login's passkeys, oldest first."""
    return session.scalars(select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id)).all()


def passkey_of(session: Session, credential_id: str) -> tuple[Passkey, User] | None:
    """The passkey with this id and its login; None when it is not known, or its login was taken away."""
    found = session.execute(
        select(Passkey, User)
        .join(User, User.id == Passkey.user_id)
        .where(Passkey.credential_hash == digest(credential_id), User.disabled_at.is_(None))
    ).first()
    return (found[0], found[1]) if found is not None else None


def take_answer(session: Session, now: datetime, passkey_id: int, challenge: bytes, sign_count: int) -> bool:
    """Use up the answer to a challenge, which was checked. Does not commit.

    False when it was used before, also by another browser at the same instant. sign_count: of the device by now.
    """
    mark = digest(challenge.hex())
    used = session.execute(
        update(Passkey)
        .where(Passkey.id == passkey_id, or_(Passkey.last_challenge.is_(None), Passkey.last_challenge != mark))
        .values(last_challenge=mark, sign_count=sign_count, used_at=now),
        execution_options={"synchronize_session": False},
    )
    assert isinstance(used, CursorResult)
    return used.rowcount == 1


def remove(session: Session, user_id: int, passkey_id: int) -> bool:
    """Remove one of a login's passkeys. Returns whether it was there. Does not commit."""
    gone = session.execute(delete(Passkey).where(Passkey.id == passkey_id, Passkey.user_id == user_id))
    assert isinstance(gone, CursorResult)
    return gone.rowcount == 1


def forget_passkeys(session: Session, user_id: int) -> None:
    """Remove all passkeys of a login. Does not commit."""
    session.execute(delete(Passkey).where(Passkey.user_id == user_id))
