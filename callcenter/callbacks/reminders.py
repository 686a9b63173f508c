"""Sends the owners of callbacks their messages: about new, nearly due and overdue ones, and the day's digest."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, func, or_, select, update
from sqlalchemy.orm import Session

from callcenter.callbacks.owners import consultants_away
from callcenter.callbacks.records import TO_RING, UNCLOSED, Callback
from callcenter.callbacks.telling import (
    BUNDLE,
    REMIND_BEFORE,
    UNTOLD_FOR,
    WORTHLESS_BEFORE,
    is_held,
    is_ripe,
    remind_until,
)
from callcenter.callbacks.under_way import asking_since, is_under_way
from callcenter.lines.records import Line
from callcenter.notify.channels import SEND_WITHIN_S, switched_off
from callcenter.notify.to_consultant import orders_to
from callcenter.notify.wording import Kind, Writer
from callcenter.rota.duty import present, timeline
from callcenter.rota.hours import closes_at, next_opening
from callcenter.rota.minutes import start_of_day
from callcenter.rota.model import Rota
from callcenter.storage.base import instant
from callcenter.telephony.outbox import enqueue
from callcenter.telephony.records import OutboxMessage

# Callbacks assigned later than this after a shift starts are announced as new, not in the digest.
DAY_BEGINS_WITHIN = timedelta(minutes=10)
# A message is tried for this long at least.
_LEAST_WORTH_S = 60.0

_NOW, _SOON = instant("now"), instant("soon")
# The time that messages name: an appointment, else the due time.
told_time = func.coalesce(Callback.appointment_at, Callback.due_at)
# After a message failed for good, another one of the same kind waits. One of the next kind does not.
_NOT_UNTOLD = or_(Callback.untold_at.is_(None), Callback.untold_at <= instant("untold"))
# Live callbacks for which each kind of text must still be sent. Those that wait only for a voicemail to be heard need
# none when they are nearly due or overdue, and while somebody is making one, its owner is not disturbed.
IS_NEW = and_(
    TO_RING, or_(Callback.notified_at.is_(None), Callback.retimed_at.is_not(None)), Callback.due_at > _NOW, _NOT_UNTOLD
)
IS_NEARLY_DUE = and_(
    TO_RING,
    Callback.reminded_at.is_(None),
    Callback.due_at > _NOW,
    told_time <= _SOON,
    or_(Callback.next_attempt_at.is_(None), Callback.appointment_at.is_not(None), Callback.next_attempt_at <= _NOW),
    ~is_under_way(),
    or_(Callback.untold_at.is_(None), Callback.untold_at <= instant("untold_reminder")),
)
IS_OVERDUE = and_(
    TO_RING,
    Callback.overdue_told_at.is_(None),
    Callback.due_at <= _NOW,
    ~is_under_way(),
    or_(_NOT_UNTOLD, Callback.untold_at <= Callback.due_at),
)


@dataclass(frozen=True, slots=True)
class Round:
    """The values that one round of messages needs.

    reachable: consultants who may get a message now; channels: how many addresses the team lead has; closing: when the
    line closes, None while it is closed or if it never closes; reopens: when it then opens again, None if never.
    """

    session: Session
    rota: Rota
    now: datetime
    writer: Writer
    reachable: frozenset[str]
    channels: int
    closing: datetime | None
    reopens: datetime | None

    @property
    def soon(self) -> datetime:
        """Callbacks due at or before this instant are reminded of now."""
        return remind_until(self.now, self.closing, self.reopens)

    def worth_s(self, worth_s: float = SEND_WITHIN_S) -> float:
        """For how many seconds a message is sent that is worth `worth_s`: not after closing, when nobody reads it."""
        until_closing = (self.closing - self.now).total_seconds() if self.closing is not None else SEND_WITHIN_S
        return max(_LEAST_WORTH_S, min(worth_s, until_closing, SEND_WITHIN_S))

    def times(self) -> dict[str, datetime]:
        """The instants that the conditions of this module compare with, by the names of their bind parameters."""
        return {
            "now": self.now,
            "soon": self.soon,
            "untold": self.now - UNTOLD_FOR,
            "untold_reminder": self.now - REMIND_BEFORE,
        } | asking_since(self.now)


# Sends the messages of one kind; returns how many callbacks or people they are about.
Send = Callable[[Round], int]


def closing_of(rota: Rota, now: datetime) -> tuple[datetime | None, datetime | None]:
    """When the line closes and then opens again, as in `Round`."""
    closing = closes_at(rota, now)
    return closing, next_opening(rota, closing) if closing is not None else None


def reachable(session: Session, rota: Rota, now: datetime) -> frozenset[str]:
    """The consultants who may get a message now: on duty, and not away."""
    return frozenset({person.consultant for person in present(rota, now)} - consultants_away(session, now))


def send_new(this: Round) -> int:
    """Announce new callbacks, and other times of known ones, to their owners, bundled. Returns how many callbacks."""
    now = this.now
    new = _by_reachable_owner(this, IS_NEW)
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
        dues = [row.due_at for row in rows]
        if owner in announced_lately and min(dues) > now + REMIND_BEFORE + BUNDLE:
            continue
        if is_held([row.created_at for row in rows], dues, now):
            continue
        for unsent, text in (
            (Callback.notified_at.is_(None), this.writer.new),
            (Callback.retimed_at.is_not(None), this.writer.other_time),
        ):
            marked = _mark(this, [row.id for row in rows], unsent, owner, notified_at=now, retimed_at=None)
            if marked:
                words = text(told_times(marked), now, _link(this, marked), appointment=is_appointment(marked))
                worth = min(row.due_at for row in marked) - now
                _send(this, "new", owner, marked, words, "notified_at", worth_s=worth.total_seconds())
            sent += len(marked)
    return sent


def send_due_soon(this: Round) -> int:
    """Remind owners of callbacks that are due within minutes, once for each due time. Returns how many callbacks.

    Those that are due within BUNDLE after the first one are in its message.
    """
    now = this.now
    sent = 0
    for owner, rows in _by_reachable_owner(this, IS_NEARLY_DUE, soon=this.soon + BUNDLE).items():
        if min(row.told_time for row in rows) > this.soon:
            continue
        unsent = and_(TO_RING, Callback.reminded_at.is_(None))
        ids = [row.id for row in rows]
        told = {} if owner in switched_off(this.session, "due_soon") else {"notified_at": now, "retimed_at": None}
        marked = _mark(this, ids, unsent, owner, reminded_at=now, **told)
        if marked:
            worth = max(row.due_at for row in marked) - WORTHLESS_BEFORE - now
            words = _reminder(this, marked)
            _send(this, "due_soon", owner, marked, words, "reminded_at", worth_s=worth.total_seconds())
        sent += len(marked)
    return sent


def _reminder(this: Round, rows: Sequence[Row[Any]]) -> str:
    times, link = told_times(rows), _link(this, rows)
    if this.closing is not None and max(times) > this.closing:
        return this.writer.before_closing(len(rows), this.closing, this.now, link)
    if is_appointment(rows) and times[0] > this.now:
        return this.writer.appointment(times[0], this.now, link)
    # The minutes of slack after an appointment count once it has passed.
    return this.writer.due_soon(
        [at if at > this.now else row.due_at for at, row in zip(times, rows, strict=True)], this.now, link
    )


def send_overdue(this: Round) -> int:
    """Remind owners of overdue callbacks, once for each due time, bundled. Returns how many callbacks."""
    now = this.now
    sent = 0
    for owner, rows in _by_reachable_owner(this, IS_OVERDUE, now=now + BUNDLE).items():
        if not is_ripe([row.due_at for row in rows], now, this.closing):
            continue
        unsent = and_(TO_RING, Callback.overdue_told_at.is_(None), Callback.due_at <= now)
        marked = _mark(
            this,
            [row.id for row in rows],
            unsent,
            owner,
            overdue_told_at=now,
            notified_at=now,
            reminded_at=now,
            retimed_at=None,
        )
        if marked:
            text = this.writer.overdue(told_times(marked), now, _link(this, marked), appointment=is_appointment(marked))
            _send(this, "overdue", owner, marked, text, "overdue_told_at")
        sent += len(marked)
    return sent


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
                told_time.label("told_time"),
                Callback.created_at,
                Callback.owner_since,
                Callback.closes_as,
            )
            .where(UNCLOSED, Callback.owner.in_(list(unsent)), ~is_under_way(now))
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
    """Send each consultant the callbacks from before the shift, when the day begins. Returns how many consultants.

    The digest is the reminder of those that are overdue or nearly due, so that no other message says the same.
    """
    now = this.now
    digests = due_digests(this)
    for code, key, ready in digests:
        marked = _mark(
            this,
            [row.id for row in ready],
            or_(Callback.notified_at.is_(None), Callback.notified_at <= now - BUNDLE),  # not by another host just now
            code,
            notified_at=now,
            retimed_at=None,
            reminded_at=case((told_time <= this.soon, now), else_=Callback.reminded_at),
            overdue_told_at=case((Callback.due_at <= now, now), else_=Callback.overdue_told_at),
        )
        to_ring = [row for row in ready if row.closes_as is None]
        text = this.writer.digest(
            told_times(to_ring),
            now,
            this.writer.link([]),
            to_hear=len(ready) - len(to_ring),
            late=sum(row.due_at <= now for row in to_ring),
        )
        _send(this, "digest", code, marked, text, "notified_at", key=key)
    return len(digests)


def _by_reachable_owner(this: Round, unsent: ColumnElement[bool], **times: datetime) -> dict[str, list[Row[Any]]]:
    """The callbacks of reachable owners that meet a condition. times: replace those of this round."""
    statement = select(
        Callback.id, Callback.owner, Callback.due_at, Callback.created_at, told_time.label("told_time")
    ).where(UNCLOSED, Callback.owner.in_(this.reachable), unsent)
    found = this.session.execute(statement.order_by(Callback.due_at, Callback.id), this.times() | times)
    return _by_owner(found.all())


def _by_owner(rows: Iterable[Any]) -> dict[str, list[Row[Any]]]:
    found: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.owner].append(row)
    return found


def _mark(this: Round, ids: Collection[int], unsent: ColumnElement[bool], owner: str, **marks: Any) -> Sequence[Any]:
    return mark_unsent(this, ids, and_(Callback.owner == owner, unsent), **marks)


def mark_unsent(this: Round, ids: Collection[int], unsent: ColumnElement[bool], **marks: Any) -> Sequence[Any]:
    """Mark those of these callbacks that are still unsent; the host that marks a row sends its message.

    Returns the marked rows, earliest due first.
    """
    if not ids:
        return []
    return sorted(
        this.session.execute(
            update(Callback)
            .where(Callback.id.in_(ids), UNCLOSED, unsent)
            .values(**marks)
            .returning(
                Callback.id,
                Callback.due_at,
                Callback.line_id,
                Callback.appointment_at,
                Callback.owner,
                told_time.label("told_time"),
            )
            .execution_options(synchronize_session=False)
        ),
        key=lambda row: (row.due_at, row.id),
    )


def told_times(rows: Sequence[Row[Any]]) -> list[datetime]:
    """The times that a message about marked rows names."""
    return [row.told_time for row in rows]


def is_appointment(rows: Sequence[Row[Any]]) -> bool:
    """Whether a message about marked rows is about one appointment alone."""
    return len(rows) == 1 and rows[0].appointment_at is not None


def _link(this: Round, rows: Sequence[Row[Any]]) -> str:
    return this.writer.link([row.id for row in rows])


def _send(
    this: Round,
    kind: Kind,
    code: str,
    rows: Sequence[Row[Any]],
    text: str,
    mark: str,
    *,
    key: str | None = None,
    worth_s: float = SEND_WITHIN_S,
) -> None:
    """Order a message about callbacks, by the ways that the consultant chose. mark: the column that says that this
    message was ordered; worth_s: for how long it is worth sending, at most until the line closes."""
    consultant = this.rota.consultants.get(code)
    if consultant is None or not rows or code in switched_off(this.session, kind):
        return
    line = this.session.get_one(Line, rows[0].line_id)
    orders = orders_to(
        this.session,
        consultant,
        from_=line.number,
        body=text,
        callback_ids=[row.id for row in rows],
        mark=mark,
        dedupe_key=key,
        expires_in_s=this.worth_s(worth_s),
    )
    enqueue(this.session, this.now, *orders)
