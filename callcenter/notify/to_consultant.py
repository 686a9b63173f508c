"""By which ways a consultant gets a message about callbacks: text message, mail, push, or several at once."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.access.push_devices import devices_of_consultant
from callcenter.notify.channels import SEND_WITHIN_S, text_message
from callcenter.notify.records import NotifyWay
from callcenter.rota.model import Consultant
from callcenter.telephony.outbox import Order

Way = Literal["text", "mail", "push"]
WAYS: tuple[Way, ...] = ("text", "mail", "push")
# Where nothing is chosen: everybody has a mobile.
_USUAL: Mapping[str, bool] = {"text": True, "mail": False, "push": False}


def chosen_ways(session: Session, code: str) -> dict[str, bool]:
    """Whether a consultant gets messages by each way."""
    rows = session.execute(select(NotifyWay.way, NotifyWay.enabled).where(NotifyWay.consultant == code))
    return {**_USUAL, **{way: enabled for way, enabled in rows if way in WAYS}}


def choose_way(session: Session, code: str, way: str, enabled: bool) -> None:
    """Switch one way on or off for a consultant. Raises ValueError for a way that does not exist."""
    if way not in WAYS:
        raise ValueError(f"there is no way {way!r}")
    session.merge(NotifyWay(consultant=code, way=way, enabled=enabled))


def orders_to(
    session: Session,
    consultant: Consultant,
    *,
    from_: str,
    body: str,
    callback_ids: Sequence[int],
    mark: str | None,
    dedupe_key: str | None = None,
    expires_in_s: float = SEND_WITHIN_S,
) -> list[Order]:
    """One order for each way that the consultant chose and can be reached by; for push, one for each browser.

    Where none is left, a text message goes, also to somebody who switched it off: a promise to a caller is at stake.
    Empty when there is no mobile either. The arguments are those of `channels.text_message`. Each order knows the keys
    of all, so that one that fails is taken over only when no other arrives.
    """
    ways = chosen_ways(session, consultant.code)
    devices = devices_of_consultant(session, consultant.code) if ways["push"] else ()
    by_mail = bool(ways["mail"] and consultant.email)
    by_text = bool(consultant.mobile) and (ways["text"] or not (by_mail or devices))
    how_many = by_text + by_mail + len(devices)
    told: dict[str, Any] = {
        "consultant": consultant.code,
        "body": body,
        "callback_ids": list(callback_ids),
        "mark": mark,
    }
    text = text_message(
        consultant=consultant.code,
        to=consultant.mobile,
        from_=from_,
        body=body,
        callback_ids=callback_ids,
        mark=mark,
        dedupe_key=dedupe_key,
        expires_in_s=expires_in_s,
    )
    if by_text and how_many == 1:
        return [text]
    # The first has the key that the caller looks for.
    first = dedupe_key or f"to:{uuid4().hex}"
    keys = [first, *(f"{first}:{number}" for number in range(1, how_many))]
    # What a way needs that is taken instead when all of these fail.
    instead = {} if by_text or not consultant.mobile else {"to": consultant.mobile, "from": from_}
    payloads: list[tuple[str, Mapping[str, Any]]] = [("notify_sms", text.payload)] if by_text else []
    payloads += [("notify_mail", {**told, "address": consultant.email, "instead": instead})] if by_mail else []
    payloads += [("notify_push", {**told, "device_id": device, "instead": instead}) for device in devices]
    return [
        Order(kind, {**payload, "keys": keys}, expires_in_s=expires_in_s, dedupe_key=key)
        for key, (kind, payload) in zip(keys, payloads, strict=True)
    ]
