"""The browsers in which somebody switched on push messages. They belong to a login, and end with it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from callcenter.access.records import PushDevice, User
from callcenter.access.secret_hash import digest
from callcenter.errors import InvalidInput

# A person has a telephone and some computers.
MOST_DEVICES = 10


def switch_on(
    session: Session, now: datetime, user_id: int, *, name: str, endpoint: str, p256dh: str, auth: str
) -> PushDevice:
    """Store a browser's subscription, which the caller has checked; does not commit.

    A browser has one subscription: a former person's in the same browser becomes this person's. Raises InvalidInput
    beyond MOST_DEVICES.
    """
    known = session.scalar(select(PushDevice).where(PushDevice.endpoint_hash == digest(endpoint)))
    if known is None:
        if len(devices_of(session, user_id)) >= MOST_DEVICES:
            raise InvalidInput("endpoint", "there are too many devices: remove one first")
        known = PushDevice(endpoint=endpoint, endpoint_hash=digest(endpoint), created_at=now)
        session.add(known)
    known.user_id, known.name, known.p256dh, known.auth = user_id, name[:80], p256dh, auth
    session.flush()
    return known


def devices_of(session: Session, user_id: int) -> Sequence[PushDevice]:
    """A login's browsers, oldest first."""
    return session.scalars(select(PushDevice).where(PushDevice.user_id == user_id).order_by(PushDevice.id)).all()


def devices_of_consultant(session: Session, code: str) -> Sequence[int]:
    """The ids of the browsers of a consultant's valid logins."""
    return session.scalars(
        select(PushDevice.id)
        .join(User, User.id == PushDevice.user_id)
        .where(User.consultant == code, User.disabled_at.is_(None))
        .order_by(PushDevice.id)
    ).all()


def switch_off(session: Session, user_id: int, device_id: int) -> bool:
    """Remove one of a login's browsers. Returns whether it was there."""
    gone = delete(PushDevice).where(PushDevice.id == device_id, PushDevice.user_id == user_id)
    return bool(session.execute(gone.returning(PushDevice.id)).all())


def forget_device(session: Session, device_id: int) -> None:
    """Remove a browser of which the push service says that it is gone."""
    session.execute(delete(PushDevice).where(PushDevice.id == device_id))


def forget_devices(session: Session, user_id: int) -> None:
    """Remove all browsers of a login that is taken away."""
    session.execute(delete(PushDevice).where(PushDevice.user_id == user_id))
