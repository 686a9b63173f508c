"""Orders messages: text messages to consultants, and messages on the team lead's channels."""

from collections.abc import Sequence
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.notify.records import NotifySetting
from callcenter.notify.wording import KINDS
from callcenter.telephony.outbox import Order

# A message is sent until it is worthless: this many seconds, unless its sender says less.
SEND_WITHIN_S = 4 * 3600.0


def switched_off(session: Session, kind: str) -> frozenset[str]:
    """The consultants who switched this kind of message off."""
    return frozenset(
        session.scalars(
            select(NotifySetting.consultant).where(NotifySetting.kind == kind, NotifySetting.enabled.is_(False))
        )
    )


def wanted(session: Session, consultant: str) -> dict[str, bool]:
    """Whether this consultant wants each kind of message. Without a setting, yes."""
    stored = session.execute(
        select(NotifySetting.kind, NotifySetting.enabled).where(NotifySetting.consultant == consultant)
    )
    return {**dict.fromkeys(KINDS, True), **{kind: enabled for kind, enabled in stored if kind in KINDS}}


def switch(session: Session, consultant: str, kind: str, enabled: bool) -> None:
    """Switch one kind of message on or off. Raises ValueError for a kind that does not exist."""
    if kind not in KINDS:
        raise ValueError(f"there is no message of kind {kind!r}")
    session.merge(NotifySetting(consultant=consultant, kind=kind, enabled=enabled))


def text_message(
    *,
    consultant: str,
    to: str,
    from_: str,
    body: str,
    callback_ids: Sequence[int],
    mark: str | None = None,
    dedupe_key: str | None = None,
    expires_in_s: float = SEND_WITHIN_S,
) -> Order:
    """A text message to a consultant about callbacks. It is dropped when it does not hold any more before it is sent.

    mark: the column of callbacks with the instant at which this text was ordered; it holds while one of them has it.
    expires_in_s: seconds until it is worthless, for example until the due time of which it warns. If it is not sent by
    then, the callbacks count as untold, and the other ways are taken (notify/ways.py).
    """
    payload = {
        "consultant": consultant,
        "to": to,
        "from": from_,
        "body": body,
        "callback_ids": list(callback_ids),
        "mark": mark,
    }
    return Order("notify_sms", payload, expires_in_s=expires_in_s, dedupe_key=dedupe_key)


def to_lead(
    *,
    body: str,
    channels: int,
    dedupe_key: str | None = None,
    callback_ids: Sequence[int] = (),
    mark: str | None = None,
    expires_in_s: float = SEND_WITHIN_S,
) -> list[Order]:
    """One order for each of the team lead's channels, so that one that fails is retried alone.

    channels: how many. dedupe_key: of a message that is sent once at most; without it the message gets a key of its
    own, by which its orders find one another. callback_ids: the callbacks that it reports; when no channel takes it
    until it expires, they are reported again. mark: as in `text_message`; expires_in_s: seconds until it is worthless.
    """
    key = dedupe_key or f"lead:{uuid4().hex}"
    payload = {"channels": channels, "body": body, "callback_ids": list(callback_ids), "mark": mark}
    return [
        Order(
            "notify_lead",
            {"channel": channel, **payload},
            expires_in_s=expires_in_s,
            dedupe_key=f"{key}:{channel}",
        )
        for channel in range(channels)
    ]


def keys_of_one_message(dedupe_key: str, channels: int) -> list[str]:
    """The dedupe keys of all orders of a message to the team lead. dedupe_key: of one of them."""
    return [f"{dedupe_key.rpartition(':')[0]}:{channel}" for channel in range(channels)]
