"""Who has to be told what now? New, nearly due and overdue promises, to their owner first and then to the team lead."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select, update
from sqlalchemy.orm import Session

from callcenter.callbacks.records import TO_RING, UNCLOSED, Callback
from callcenter.callbacks.rows import away
from callcenter.lines.records import Line
from callcenter.notify.channels import switched_off, text_message, to_lead
from callcenter.notify.messages import Kind, Writer
from callcenter.rota.duty import present, timeline
from callcenter.rota.hours import is_open
from callcenter.rota.model import Rota
from callcenter.storage.base import instant
from callcenter.storage.statements import Prepared
from callcenter.telephony.outbox import Order, enqueue
from callcenter.telephony.records import OutboxMessage

REMIND_BEFORE = timedelta(minutes=15)
# After one message about new callbacks the next ones wait together for so long, unless one is due soon.
BUNDLE = timedelta(minutes=5)
# What is given out later after the beginning of somebody's day is told as new.
DAY_BEGINS_WITHIN = timedelta(minutes=10)
# The owner has this long after the due time before the team lead is told.
LEAD_AFTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Post:
    """What telling works with. on_duty: who may be disturbed now; channels: how many the team lead has."""

    session: Session
    rota: Rota
    now: datetime
    writer: Writer
    on_duty: frozenset[str]
    channels: int


Tell = Callable[[Post], int]

_NOW, _SOON = instant("now"), instant("soon")
# What nobody was told yet of an unclosed callback. One that waits only for a message to be heard has been
# rung: it is neither nearly due nor too late.
_IS_NEW = and_(Callback.notified_at.is_(None), Callback.due_at > _NOW)
_IS_NEAR = and_(
    TO_RING,
    Callback.reminded_at.is_(None),
    Callback.due_at > _NOW,
    Callback.due_at <= _SOON,
    or_(Callback.next_attempt_at.is_(None), Callback.appointment_at.is_not(None), Callback.next_attempt_at <= _NOW),
)
_IS_OVERDUE = and_(TO_RING, Callback.overdue_told_at.is_(None), Callback.due_at <= _NOW)
_IS_LATE = and_(TO_RING, Callback.escalated_at.is_(None), Callback.due_at <= _NOW)


def left_to_tell(connection: Connection, now: datetime) -> tuple[bool, Sequence[Tell]]:
    """Whether any promise is left, and who may have something to tell of one, in their order. Looked at without
    holding anybody up, for mostly there is nothing."""
    untold = _UNTOLD(connection, _at(now))
    return bool(untold), [tell for n, tell in enumerate(_TELLS) if any(one[n] for one in untold)]


def _at(now: datetime) -> dict[str, datetime]:
    return {"now": now, "soon": now + REMIND_BEFORE}


def may_be_told(session: Session, rota: Rota, now: datetime) -> frozenset[str]:
    """Who may be told something now: people on duty who did not say that they are away."""
    return frozenset({person.consultant for person in present(rota, now)} - away(session, now))


def tell_new(post: Post) -> int:
    """Tell owners of callbacks that they were given, bundled. Returns how many callbacks that were."""
    now = post.now
    waiting = _owned(post, _IS_NEW)
    told_lately = set(
        post.session.scalars(
            select(Callback.owner).where(
                Callback.created_at > now - timedelta(days=1),
                Callback.owner.in_(list(waiting)),
                Callback.notified_at > now - BUNDLE,
            )
        )
    )
    told = 0
    for owner, rows in waiting.items():
        if owner in told_lately and min(row.due_at for row in rows) > now + REMIND_BEFORE + BUNDLE:
            continue
        got = _mark(post, [row.id for row in rows], Callback.notified_at.is_(None), owner, notified_at=now)
        if got:
            dues = [row.due_at for row in got]
            _send(post, "new", owner, got, post.writer.new(dues, now, _link(post, got)), None)
        told += len(got)
    return told


def remind(post: Post) -> int:
    """Tell owners of what is due within minutes, once for each due time. Returns how many callbacks that were."""
    now = post.now
    told = 0
    for owner, rows in _owned(post, _IS_NEAR).items():
        untold = and_(TO_RING, Callback.reminded_at.is_(None))
        got = _mark(post, [row.id for row in rows], untold, owner, reminded_at=now, notified_at=now)
        if got:
            link = _link(post, got)
            at = got[0].appointment_at if len(got) == 1 else None
            text = (
                post.writer.appointment(at, now, link)
                if at is not None and at > now
                else post.writer.due_soon([row.due_at for row in got], now, link)
            )
            _send(post, "due_soon", owner, got, text, _key("reminder", owner, got))
        told += len(got)
    return told


def tell_overdue(post: Post) -> int:
    """Tell owners of what they should have done by now, once for each due time. Returns how many callbacks."""
    now = post.now
    told = 0
    for owner, rows in _owned(post, _IS_OVERDUE).items():
        ids = [row.id for row in rows]
        untold = and_(TO_RING, Callback.overdue_told_at.is_(None))
        got = _mark(post, ids, untold, owner, overdue_told_at=now, notified_at=now, reminded_at=now)
        if got:
            text = post.writer.overdue([row.due_at for row in got], now, _link(post, got))
            _send(post, "overdue", owner, got, text, _key("overdue", owner, got))
        told += len(got)
    return told


def escalate(post: Post) -> int:
    """Tell the team lead of what stays overdue, or is overdue and in nobody's hands. Returns how many callbacks."""
    if not is_open(post.rota, post.now):
        return 0
    in_nobodys_hands = or_(Callback.owner.is_(None), Callback.owner.not_in(post.on_duty))
    got = post.session.execute(
        update(Callback)
        .where(
            _IS_LATE,
            or_(Callback.due_at <= post.now - LEAD_AFTER, in_nobodys_hands),
        )
        .values(escalated_at=post.now)
        .returning(Callback.id, Callback.due_at)
        .execution_options(synchronize_session=False),
        _at(post.now),
    ).all()
    if got:
        text = post.writer.overdue([row.due_at for row in got], post.now, post.writer.lead_link())
        enqueue(post.session, post.now, *to_lead(body=text, channels=post.channels, dedupe_key=_key("lead", "", got)))
    return len(got)


def undigested(post: Post) -> list[tuple[str, str, list[Row[Any]]]]:
    """Who was not told yet what lies ready since before their day began: each with the message's key, and those."""
    now = post.now
    midnight = now.astimezone(post.rota.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    began: dict[str, datetime] = {}
    for shift in timeline(post.rota, midnight, now + timedelta(minutes=1)):
        if shift.consultant in post.on_duty:
            began.setdefault(shift.consultant, shift.start)
    keys = {f"digest:{code}:{midnight.date().isoformat()}": code for code in began}
    done = set(post.session.scalars(select(OutboxMessage.dedupe_key).where(OutboxMessage.dedupe_key.in_(list(keys)))))
    off = switched_off(post.session, "digest")
    untold = {code: key for key, code in keys.items() if key not in done and code not in off}
    theirs = _by_owner(
        post.session.execute(
            select(
                Callback.id,
                Callback.owner,
                Callback.due_at,
                Callback.created_at,
                Callback.owner_since,
                Callback.closes_as,
            )
            .where(UNCLOSED, Callback.owner.in_(list(untold)))
            .order_by(Callback.due_at)
        )
        if untold
        else ()
    )
    found = []
    for code, key in untold.items():
        given_by = began[code] + DAY_BEGINS_WITHIN
        ready = [
            row
            for row in theirs.get(code, ())
            if row.created_at < began[code] and row.owner_since is not None and row.owner_since < given_by
        ]
        if ready:
            found.append((code, key, ready))
    return found


def tell_digest(post: Post) -> int:
    """At the beginning of their day, tell people what lies ready since before. Returns how many people."""
    digests = undigested(post)
    for code, key, ready in digests:
        got = _mark(post, [row.id for row in ready], Callback.owner == code, code, notified_at=post.now)
        to_ring = [row.due_at for row in ready if row.closes_as is None]
        text = post.writer.digest(to_ring, post.now, post.writer.link([]), to_hear=len(ready) - len(to_ring))
        _send(post, "digest", code, got, text, key)
    return len(digests)


def _owned(post: Post, untold: ColumnElement[bool]) -> dict[str, list[Row[Any]]]:
    statement = select(Callback.id, Callback.owner, Callback.due_at).where(
        UNCLOSED, Callback.owner.in_(post.on_duty), untold
    )
    return _by_owner(post.session.execute(statement.order_by(Callback.due_at, Callback.id), _at(post.now)))


def _by_owner(rows: Iterable[Row[Any]]) -> dict[str, list[Row[Any]]]:
    found: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.owner].append(row)
    return found


def _mark(
    post: Post, ids: Collection[int], untold: ColumnElement[bool], owner: str, **marks: datetime
) -> Sequence[Row[Any]]:
    """Mark as told those of these that nobody told meanwhile; whoever marks a row is the one who sends."""
    return sorted(
        post.session.execute(
            update(Callback)
            .where(Callback.id.in_(ids), Callback.owner == owner, UNCLOSED, untold)
            .values(**marks)
            .returning(Callback.id, Callback.due_at, Callback.line_id, Callback.appointment_at)
            .execution_options(synchronize_session=False)
        ),
        key=lambda row: (row.due_at, row.id),
    )


def _link(post: Post, rows: Sequence[Row[Any]]) -> str:
    return post.writer.link([row.id for row in rows])


def _key(kind: str, owner: str, rows: Sequence[Any]) -> str:
    first = min(rows, key=lambda row: (row.due_at, row.id))
    return f"{kind}:{first.id}:{owner}:{first.due_at.isoformat()}"


def _send(post: Post, kind: Kind, code: str, rows: Sequence[Row[Any]], text: str, key: str | None) -> None:
    consultant = post.rota.consultants.get(code)
    if consultant is None or not consultant.mobile or not rows or code in switched_off(post.session, kind):
        return
    line = post.session.get_one(Line, rows[0].line_id)
    order: Order = text_message(
        consultant=code,
        to=consultant.mobile,
        from_=line.number,
        body=text,
        callback_ids=[row.id for row in rows],
        dedupe_key=key,
    )
    enqueue(post.session, post.now, order)


# Whoever tells of something, and when there may be any.
_TELLS: Mapping[Tell, ColumnElement[bool]] = {
    tell_overdue: _IS_OVERDUE,
    remind: _IS_NEAR,
    tell_new: _IS_NEW,
    escalate: _IS_LATE,
}
# Built once: asked every few seconds.
_UNTOLD = Prepared(select(*_TELLS.values()).where(UNCLOSED))
