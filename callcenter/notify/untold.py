"""Marks and counts the messages that reached nobody: neither by their own way nor by another."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from callcenter.notify.channels import keys_of_one_message
from callcenter.telephony.records import GIVEN_UP, PENDING, OutboxMessage

KINDS = ("notify_lead", "notify_sms")
LOOK_BACK = timedelta(hours=24)
# A message that has failed and waits for its next attempt counts from this age on.
WAITS_TOO_LONG = timedelta(minutes=15)

_MARK = "untold"


def mark_untold(session: Session, order: OutboxMessage) -> None:
    """Store on an order that failed for good that nobody was told another way."""
    store_payload(session, order, **{_MARK: True})


def store_payload(session: Session, order: OutboxMessage, **more: object) -> None:
    """Add to the stored payload of an order. The order itself, as it was leased, stays as it is."""
    stored = session.scalar(select(OutboxMessage.payload).where(OutboxMessage.id == order.id)) or {}
    session.execute(
        update(OutboxMessage).where(OutboxMessage.id == order.id).values(payload={**stored, **more}),
        execution_options={"synchronize_session": False},
    )


def untold(session: Session, now: datetime) -> Mapping[str, int]:
    """How many messages reached nobody, by kind of order: those marked in the last 24 hours, and pending ones that have
    failed and are older than WAITS_TOO_LONG. A message to the team lead counts once, however many channels it has."""
    order = OutboxMessage
    given_up = select(order.kind, order.payload).where(
        GIVEN_UP, order.kind.in_(KINDS), order.done_at >= now - LOOK_BACK
    )
    found = Counter(kind for kind, payload in session.execute(given_up) if payload.get(_MARK))
    waiting = select(order.id, order.kind, order.dedupe_key, order.payload).where(
        PENDING,
        order.kind.in_(KINDS),
        order.created_at <= now - WAITS_TOO_LONG,
        or_(order.error.is_not(None), order.attempts > 1),
    )
    messages = {
        (kind, _message(kind, dedupe_key, payload, order_id))
        for order_id, kind, dedupe_key, payload in session.execute(waiting)
    }
    told = _told(session, [key for _, key in messages if isinstance(key, tuple)])
    found.update(kind for kind, key in messages if key not in told)
    return {kind: found[kind] for kind in KINDS}


def _message(kind: str, dedupe_key: str | None, payload: Mapping[str, int], order_id: int) -> tuple[str, ...] | int:
    """What identifies a message: the keys of all its orders, or the id of its only one."""
    if kind != "notify_lead" or dedupe_key is None:
        return order_id
    return tuple(keys_of_one_message(dedupe_key, payload.get("channels", 1)))


def _told(session: Session, messages: list[tuple[str, ...]]) -> set[tuple[str, ...] | int]:
    """Those of these messages that a channel has taken."""
    keys = [key for message in messages for key in message]
    if not keys:
        return set()
    taken = set(
        session.scalars(
            select(OutboxMessage.dedupe_key).where(OutboxMessage.dedupe_key.in_(keys), OutboxMessage.state == "done")
        )
    )
    return {message for message in messages if not taken.isdisjoint(message)}
