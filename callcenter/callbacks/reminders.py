"""Sends the messages about new, nearly due and overdue callbacks, to their owner first and then to the team lead."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select, update
from sqlalchemy.orm import Session

from callcenter.callbacks.owners import consultants_away
from callcenter.callbacks.records import TO_RING, UNCLOSED, Callback
from callcenter.lines.records import Line
from callcenter.notify.channels import switched_off, text_message, to_lead
from callcenter.notify.wording import Kind, Writer
from callcenter.rota.duty import present, timeline
from callcenter.rota.hours import is_open
from callcenter.rota.minutes import start_of_day
from callcenter.rota.model import Rota
from callcenter.storage.base import instant
from callcenter.storage.statements import Prepared
from callcenter.telephony.outbox import Order, enqueue
from callcenter.telephony.records import OutboxMessage

REMIND_BEFORE = timedelta(minutes=15)
# After a message about new callbacks, further new ones are bundled for this long, unless one is due soon.
BUNDLE = timedelta(minutes=5)
# Callbacks assigned later than this after a shift starts are announced as new, not in the digest.
DAY_BEGINS_WITHIN = timedelta(minutes=10)
# The owner has this long after the due time before the team lead gets a message.
LEAD_AFTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Round:
    """The values that one round of messages needs. reachable: consultants who may get a message now; channels: how many
    addresses the team lead has."""

    session: Session
    rota: Rota
    now: datetime
    writer: Writer
    reachable: frozenset[str]
    channels: int


# Sends the messages of one kind; returns how many callbacks or people they are about.
Send = Callable[[Round], int]

_NOW, _SOON = instant("now"), instant("soon")
# Live callbacks for which each kind of text must still be sent. Those that wait only for a voicemail to be heard need
# none when they are nearly due or overdue.
_IS_NEW = and_(Callback.notified_at.is_(None), Callback.due_at > _NOW)
_IS_NEARLY_DUE = and_(
    TO_RING,
    Callback.reminded_at.is_(None),
    Callback.due_at > _NOW,
    Callback.due_at <= _SOON,
    or_(Callback.next_attempt_at.is_(None), Callback.appointment_at.is_not(None), Callback.next_attempt_at <= _NOW),
)
_IS_OVERDUE = and_(TO_RING, Callback.overdue_told_at.is_(None), Callback.due_at <= _NOW)
_IS_UNESCALATED = and_(TO_RING, Callback.escalated_at.is_(None), Callback.due_at <= _NOW)


def due_sends(connection: Connection, now: datetime) -> tuple[bool, Sequence[Send]]:
    """Whether any callback is live, and which sends may have something to send, in their order.

    It only reads, so that it blocks no writer: mostly there is nothing to send.
    """
    live = _UNSENT(connection, _at(now))
    return bool(live), [send for n, send in enumerate(_SENDS) if any(one[n] for one in live)]


def _at(now: datetime) -> dict[str, datetime]:
    return {"now": now, "soon": now + REMIND_BEFORE}


def reachable(session: Session, rota: Rota, now: datetime) -> frozenset[str]:
    """The consultants who may get a message now: on duty, and not away."""
    return frozenset({person.consultant for person in present(rota, now)} - consultants_away(session, now))


def send_new(this: Round) -> int:
    """Announce new callbacks to their owners, bundled. Returns how many callbacks."""
    now = this.now
    new = _by_reachable_owner(this, _IS_NEW)
    announced_lately = set(
        this.session.scalars(
            select(Callback.owner).where(
                Callback.created_at > now - timedelta(days=1),
                Callback.owner.in_(list(new)),
                Callback.notified_at > now - BUNDLE,
            )
        )
    )
    sent = 0
    for owner, rows in new.items():
        if owner in announced_lately and min(row.due_at for row in rows) > now + REMIND_BEFORE + BUNDLE:
            continue
        marked = _mark(this, [row.id for row in rows], Callback.notified_at.is_(None), owner, notified_at=now)
        if marked:
            dues = [row.due_at for row in marked]
            _send(this, "new", owner, marked, this.writer.new(dues, now, _link(this, marked)), None)
        sent += len(marked)
    return sent


def send_due_soon(this: Round) -> int:
    """Remind owners of callbacks that are due within minutes, once for each due time. Returns how many callbacks."""
    now = this.now
    sent = 0
    for owner, rows in _by_reachable_owner(this, _IS_NEARLY_DUE).items():
        unsent = and_(TO_RING, Callback.reminded_at.is_(None))
        marked = _mark(this, [row.id for row in rows], unsent, owner, reminded_at=now, notified_at=now)
        if marked:
            link = _link(this, marked)
            at = marked[0].appointment_at if len(marked) == 1 else None
            text = (
                this.writer.appointment(at, now, link)
                if at is not None and at > now
                else this.writer.due_soon([row.due_at for row in marked], now, link)
            )
            _send(this, "due_soon", owner, marked, text, _key("reminder", owner, marked))
        sent += len(marked)
    return sent


def send_overdue(this: Round) -> int:
    """Remind owners of overdue callbacks, once for each due time. Returns how many callbacks."""
    now = this.now
    sent = 0
    for owner, rows in _by_reachable_owner(this, _IS_OVERDUE).items():
        ids = [row.id for row in rows]
        unsent = and_(TO_RING, Callback.overdue_told_at.is_(None))
        marked = _mark(this, ids, unsent, owner, overdue_told_at=now, notified_at=now, reminded_at=now)
        if marked:
            text = this.writer.overdue([row.due_at for row in marked], now, _link(this, marked))
            _send(this, "overdue", owner, marked, text, _key("overdue", owner, marked))
        sent += len(marked)
    return sent


def send_to_lead(this: Round) -> int:
    """Escalate callbacks to the team lead that stay overdue, or that are overdue and have no reachable owner.

    Returns how many callbacks; none while the line is closed.
    """
    if not is_open(this.rota, this.now):
        return 0
    no_reachable_owner = or_(Callback.owner.is_(None), Callback.owner.not_in(this.reachable))
    marked = this.session.execute(
        update(Callback)
        .where(
            _IS_UNESCALATED,
            or_(Callback.due_at <= this.now - LEAD_AFTER, no_reachable_owner),
        )
        .values(escalated_at=this.now)
        .returning(Callback.id, Callback.due_at)
        .execution_options(synchronize_session=False),
        _at(this.now),
    ).all()
    if marked:
        text = this.writer.overdue([row.due_at for row in marked], this.now, this.writer.lead_link())
        enqueue(
            this.session, this.now, *to_lead(body=text, channels=this.channels, dedupe_key=_key("lead", "", marked))
        )
    return len(marked)


def due_digests(this: Round) -> list[tuple[str, str, list[Row[Any]]]]:
    """The digests that are still to be sent today: consultant, dedupe key, and the callbacks from before the shift."""
    now = this.now
    midnight = start_of_day(this.rota.zone, now)
    began: dict[str, datetime] = {}
    for shift in timeline(this.rota, midnight, now + timedelta(minutes=1)):
        if shift.consultant in this.reachable:
            began.setdefault(shift.consultant, shift.start)
    keys = {f"digest:{code}:{midnight.date().isoformat()}": code for code in began}
    sent = set(this.session.scalars(select(OutboxMessage.dedupe_key).where(OutboxMessage.dedupe_key.in_(list(keys)))))
    off = switched_off(this.session, "digest")
    unsent = {code: key for key, code in keys.items() if key not in sent and code not in off}
    by_owner = _by_owner(
        this.session.execute(
            select(
                Callback.id,
                Callback.owner,
                Callback.due_at,
                Callback.created_at,
                Callback.owner_since,
                Callback.closes_as,
            )
            .where(UNCLOSED, Callback.owner.in_(list(unsent)))
            .order_by(Callback.due_at)
        )
        if unsent
        else ()
    )
    found = []
    for code, key in unsent.items():
        given_by = began[code] + DAY_BEGINS_WITHIN
        ready = [
            row
            for row in by_owner.get(code, ())
            if row.created_at < began[code] and row.owner_since is not None and row.owner_since < given_by
        ]
        if ready:
            found.append((code, key, ready))
    return found


def send_digests(this: Round) -> int:
    """Send each consultant the callbacks from before the shift, when the day begins. Returns how many consultants."""
    digests = due_digests(this)
    for code, key, ready in digests:
        marked = _mark(this, [row.id for row in ready], Callback.owner == code, code, notified_at=this.now)
        to_ring = [row.due_at for row in ready if row.closes_as is None]
        text = this.writer.digest(to_ring, this.now, this.writer.link([]), to_hear=len(ready) - len(to_ring))
        _send(this, "digest", code, marked, text, key)
    return len(digests)


def _by_reachable_owner(this: Round, unsent: ColumnElement[bool]) -> dict[str, list[Row[Any]]]:
    statement = select(Callback.id, Callback.owner, Callback.due_at).where(
        UNCLOSED, Callback.owner.in_(this.reachable), unsent
    )
    return _by_owner(this.session.execute(statement.order_by(Callback.due_at, Callback.id), _at(this.now)))


def _by_owner(rows: Iterable[Row[Any]]) -> dict[str, list[Row[Any]]]:
    found: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.owner].append(row)
    return found


def _mark(
    this: Round, ids: Collection[int], unsent: ColumnElement[bool], owner: str, **marks: datetime
) -> Sequence[Row[Any]]:
    """Mark those of these callbacks that are still unsent; the host that marks a row sends its message."""
    return sorted(
        this.session.execute(
            update(Callback)
            .where(Callback.id.in_(ids), Callback.owner == owner, UNCLOSED, unsent)
            .values(**marks)
            .returning(Callback.id, Callback.due_at, Callback.line_id, Callback.appointment_at)
            .execution_options(synchronize_session=False)
        ),
        key=lambda row: (row.due_at, row.id),
    )


def _link(this: Round, rows: Sequence[Row[Any]]) -> str:
    return this.writer.link([row.id for row in rows])


def _key(kind: str, owner: str, rows: Sequence[Any]) -> str:
    first = min(rows, key=lambda row: (row.due_at, row.id))
    return f"{kind}:{first.id}:{owner}:{first.due_at.isoformat()}"


def _send(this: Round, kind: Kind, code: str, rows: Sequence[Row[Any]], text: str, key: str | None) -> None:
    consultant = this.rota.consultants.get(code)
    if consultant is None or not consultant.mobile or not rows or code in switched_off(this.session, kind):
        return
    line = this.session.get_one(Line, rows[0].line_id)
    order: Order = text_message(
        consultant=code,
        to=consultant.mobile,
        from_=line.number,
        body=text,
        callback_ids=[row.id for row in rows],
        dedupe_key=key,
    )
    enqueue(this.session, this.now, order)


# The sends in their order, each with the condition under which it may have something to send.
_SENDS: Mapping[Send, ColumnElement[bool]] = {
    send_overdue: _IS_OVERDUE,
    send_due_soon: _IS_NEARLY_DUE,
    send_new: _IS_NEW,
    send_to_lead: _IS_UNESCALATED,
}
# Built once: the clock runs it every few seconds.
_UNSENT = Prepared(select(*_SENDS.values()).where(UNCLOSED))
