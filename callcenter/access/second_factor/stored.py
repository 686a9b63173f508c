"""Sets a login's second factor up, checks its codes, and takes it away."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from callcenter.access.records import User
from callcenter.access.second_factor.cipher import decrypt, encrypt
from callcenter.access.second_factor.codes import new_secret, step_at, step_of
from callcenter.access.second_factor.printed import code_hash, new_code
from callcenter.access.second_factor.records import RecoveryCode, SecondFactor

RECOVERY_CODES = 8
# An older secret is not offered again: somebody else, who had the password or the open page, may have seen it since.
CONFIRMED_WITHIN = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class State:
    """A login's second factor. on_since: UTC; None while it is not confirmed. codes_left: of the recovery codes."""

    begun: bool = False
    on_since: datetime | None = None
    codes_left: int = 0


def state_of(session: Session, user_id: int) -> State:
    """The state of a login's second factor."""
    found = session.get(SecondFactor, user_id)
    left = session.scalar(select(func.count()).where(RecoveryCode.user_id == user_id)) or 0
    return State(found is not None, found.confirmed_at if found is not None else None, left)


def begin(session: Session, now: datetime, user_id: int, secret_key: str) -> bool:
    """Make a secret that is to be confirmed by a code. Does not commit. False when the login has a factor already."""
    values = {"secret": encrypt(new_secret(), secret_key), "created_at": now}
    session.execute(select(User.id).where(User.id == user_id).with_for_update())  # two browsers at once: one waits
    found = session.get(SecondFactor, user_id)
    if found is None:
        session.execute(insert(SecondFactor).values(user_id=user_id, **values))
        return True
    waits = update(SecondFactor).where(SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_(None))
    return _rows(session.execute(waits.values(**values))) == 1


def unconfirmed_secret(session: Session, now: datetime, user_id: int, secret_key: str) -> str | None:
    """The secret to show as a QR code, or None when none was made a short while ago. Raises UnreadableSecret."""
    found = session.get(SecondFactor, user_id)
    if found is None or found.confirmed_at is not None or not timedelta(0) <= now - found.created_at < CONFIRMED_WITHIN:
        return None
    return decrypt(found.secret, secret_key)


def confirm(session: Session, now: datetime, user_id: int, typed: str, secret_key: str) -> list[str] | None:
    """Turn the second factor on, if the code is right. Returns the recovery codes, once. Does not commit."""
    secret = unconfirmed_secret(session, now, user_id, secret_key)
    step = step_of(secret, typed, now) if secret is not None else None
    if step is None:
        return None
    turned_on = session.execute(
        update(SecondFactor)
        .where(SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_(None))
        .values(confirmed_at=now, last_step=step)
    )
    return new_recovery_codes(session, user_id) if _rows(turned_on) == 1 else None


def check(session: Session, now: datetime, user_id: int, typed: str, secret_key: str) -> str | None:
    """What was typed: "code", "recovery code", or None when it is neither. Uses it up. Does not commit.

    A code is taken once, also when two browsers send it at the same instant. A recovery code is tried first: it needs
    no secret, so that it also works after CALLCENTER_SECRET_KEY was changed. Raises UnreadableSecret.
    """
    used = delete(RecoveryCode).where(RecoveryCode.user_id == user_id, RecoveryCode.code_hash == code_hash(typed))
    if _rows(session.execute(used)) == 1:
        return "recovery code"
    found = session.get(SecondFactor, user_id)
    if found is None or found.confirmed_at is None:
        return None
    step = step_of(decrypt(found.secret, secret_key), typed, now)
    if step is None:
        return None
    taken = session.execute(
        update(SecondFactor)
        .where(
            SecondFactor.user_id == user_id,
            # A step ahead of what the clock allows was stored by a clock that has been set back since.
            or_(SecondFactor.last_step < step, SecondFactor.last_step > step_at(now) + 1),
        )
        .values(last_step=step)
    )
    return "code" if _rows(taken) == 1 else None


def new_recovery_codes(session: Session, user_id: int) -> list[str]:
    """New recovery codes in place of the old ones. They are returned once. Does not commit."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = [new_code() for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(user_id=user_id, code_hash=code_hash(code)) for code in codes)
    return codes


def remove(session: Session, user_id: int) -> bool:
    """Take the second factor and its recovery codes away. Does not commit. False when there was none."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    return _rows(session.execute(delete(SecondFactor).where(SecondFactor.user_id == user_id))) > 0


def _rows(result: object) -> int:
    assert isinstance(result, CursorResult)
    return result.rowcount
