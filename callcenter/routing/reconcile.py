"""Reconciliation with Twilio's call list: what Twilio knows and we do not is stored.

A missing call gets the outcome that Twilio tells (`routing.retelling`), and a callback if it was not answered. A
missing ring of a caller is added to the callback. Both are stored in the order in which they took place.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from callcenter.callbacks.retold_rings import add_ring
from callcenter.calls.call import Call
from callcenter.calls.stages import Stage
from callcenter.lines.register import lines_in_use
from callcenter.rota import versions
from callcenter.routing.arrival import adopt
from callcenter.routing.outcome import finish, reject
from callcenter.routing.reconcile_lists import SETTLED_AFTER, Missing, read_missing
from callcenter.routing.retelling import Lost, RungLeg, Story, could_be_of, retell
from callcenter.routing.retold_calls import apply_story
from callcenter.routing.transaction import CallTransaction, locked_call
from callcenter.routing.voicemail import FETCH_FOR_S, store_deleted, store_listed
from callcenter.storage.system_facts import RESTORED, read_fact, store_fact
from callcenter.storage.totals import add, count
from callcenter.telephony.listed_calls import Asked, CallerRung, ListedCall
from callcenter.telephony.outbox import Order, enqueue
from callcenter.telephony.twilio_api import RestError, TwilioApi

FACT = "reconciled_until"
_WAITS = "reconcile_waits"
OVERLAP = timedelta(hours=24)
# After a longer pause without a run, the service was away, or an older backup was restored.
AWAY_AFTER = timedelta(minutes=15)
# Twilio tells of a call's documents from 15 minutes after its end on.
TOLD_AFTER = timedelta(minutes=20)
# For this long, calls of which Twilio would not tell enough are asked about again at each run.
ASK_FOR = timedelta(hours=1)


def run_reconcile(sessions: sessionmaker[Session], twilio: TwilioApi, now: datetime) -> int:
    """Compare Twilio's list with the stored calls, from `OVERLAP` before the last run; returns how many were repaired.

    Each call is repaired in its own transaction, and the reconciled instant is stored last, so a run may be
    interrupted at any point, and several hosts may run at once. Raises RestError when Twilio cannot be reached.
    """
    with sessions() as session:
        lines = lines_in_use(session)
        fact, waits, restored = (read_fact(session, name) for name in (FACT, _WAITS, RESTORED))
        rota = versions.active_rota(session)
    # A clock that ran ahead may have stored an instant in the future.
    last = min(fact.at if fact else now, now)
    was_away = fact is None or now - last > AWAY_AFTER or (restored is not None and restored.at >= fact.at)
    mobiles = {person.mobile: person.code for person in rota.consultants.values()} if rota else {}
    waiting_since = waits.at if waits is not None and waits.value.get("waits") else now
    is_patient = now - waiting_since < ASK_FOR
    run = _Run(sessions, twilio, now, is_patient=is_patient, restored_at=restored.at if restored else None)
    # All lines together: a caller who was not helped on one line may have been helped on another one later.
    missing = []
    for line in lines:
        since = max(last - OVERLAP, line.created_at - SETTLED_AFTER)
        missing.append(read_missing(sessions, twilio, line, mobiles, since, now, was_away=was_away))
    run.repair(missing)
    with sessions.begin() as session:
        if run.postponed:
            store_fact(session, _WAITS, {"waits": True}, waiting_since)
        else:
            store_fact(session, FACT, {}, now)
            if waits is not None:
                store_fact(session, _WAITS, {"waits": False}, now)
    return run.repaired


class _Run:
    """One run: stores what is missing, oldest first.

    is_patient: a call of which Twilio may tell more later is left to a later run. restored_at: when an older backup was
    restored; of a call before that, Twilio has documents. postponed: how many calls were left.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        twilio: TwilioApi,
        now: datetime,
        *,
        is_patient: bool,
        restored_at: datetime | None,
    ) -> None:
        self._sessions, self._twilio, self._now = sessions, twilio, now
        self._is_patient, self._restored_at = is_patient, restored_at
        self._documents: dict[str, list[Asked] | None] = {}
        self._talks: set[str] = set()  # sids of the legs of the talks so far
        self.repaired = self.postponed = 0

    def repair(self, of_lines: Iterable[Missing]) -> None:
        """Store the calls of all lines, and the rings of their callers."""
        steps: list[tuple[datetime, Callable[[], int]]] = []
        for missing in of_lines:
            for call in missing.unended:
                self.repaired += self._stored(partial(self._end, call))
            for call in missing.lost:
                steps.append((call.started_at or self._now, partial(self._store_lost, missing, call)))
            for ring in missing.rings:
                began = ring.to_caller.started_at or self._now
                steps.append((began, partial(self._stored, partial(self._add_ring, missing.line.id, ring))))
        for _, step in sorted(steps, key=lambda one: one[0]):
            self.repaired += step()

    def _stored(self, change: Callable[[CallTransaction], int]) -> int:
        """Make a change in a transaction of its own. 0 when another host stored the same at this moment."""
        try:
            with self._sessions.begin() as session:
                return change(CallTransaction(session, self._now))
        except IntegrityError:
            return 0

    def _store_lost(self, missing: Missing, call: ListedCall) -> int:
        left_early = call.status in ("no-answer", "canceled")
        story = Story() if left_early else self._story(missing, call)
        if story is None:
            self.postponed += 1
            return 0
        recordings, deleted = ([], []) if story.talk else _recordings(self._twilio, call.sid)
        if story.talk is not None:
            self._talks.add(story.talk.leg.call.sid)
        return self._stored(partial(self._add_call, call, story, recordings, deleted))

    def _story(self, missing: Missing, call: ListedCall) -> Story | None:
        """What became of a call; None when Twilio may tell more later."""
        documents = self._documents_of(call)
        legs = [
            RungLeg(code, leg, (self._documents_of(leg) or ()) if leg.picked_up_at and documents else ())
            for code, leg in missing.legs
            if could_be_of(call, leg)
        ]
        story = retell(Lost(call, documents or (), legs), missing.inbound, self._talks)
        if story.told:
            return story
        is_early = call.over_at is not None and self._now - call.over_at < TOLD_AFTER
        was_served = self._restored_at is not None and (call.started_at or self._now) < self._restored_at
        failed = documents is None or any(self._documents.get(leg.call.sid, ()) is None for leg in legs)
        is_vague = bool(story.unsure) or story.talk is not None
        if (is_early and (is_vague or was_served)) or (failed and self._is_patient and is_vague):
            return None
        return story

    def _documents_of(self, call: ListedCall) -> list[Asked] | None:
        """The documents that a call requested; None when Twilio does not answer now."""
        if call.sid not in self._documents:
            try:
                self._documents[call.sid] = self._twilio.documents_of(call.sid)
            except RestError as error:
                self._documents[call.sid] = None if error.retry_safe else []
        return self._documents[call.sid]

    def _end(self, listed: ListedCall, tx: CallTransaction) -> int:
        """Store the end of a call of which only the beginning is stored."""
        call = locked_call(tx, tx.session.scalars(select(Call.id).where(Call.call_sid == listed.sid)).one())
        if call.ended_at is None:
            finish(tx, call, at=listed.over_at)
            add(tx.session, count("callcenter_reconciled_calls_total", result="finished"))
        return 1

    def _add_call(
        self,
        listed: ListedCall,
        story: Story,
        recordings: Sequence[tuple[str, int]] | None,
        deleted: Sequence[tuple[str, int]],
        tx: CallTransaction,
    ) -> int:
        if tx.session.scalar(select(Call.id).where(Call.call_sid == listed.sid)) is not None:
            return 0
        params = {"CallSid": listed.sid, "From": listed.from_ or "", "To": listed.to or ""}
        if listed.forwarded_from:
            params["ForwardedFrom"] = listed.forwarded_from
        call = adopt(tx, params, Stage.HUNTING, at=listed.started_at)
        if call is None:
            return 0
        call.note_reconciled()
        if call.ended_at is None and listed.status == "busy":
            reject(tx, call)  # only our own refusal of a blocked number ends an inbound call like this
        if call.ended_at is None:
            apply_story(tx, call, story)
            if listed.status == "completed" and not story.told and story.talk is None:
                call.go_to(Stage.OFFERING, tx.now)  # no document tells when the caller gave up
        if recordings is None:
            # Counted as missed, so that its callback exists at once.
            order = Order("list_recordings", {"sid": listed.sid}, FETCH_FOR_S, 60, call_id=call.id)
            enqueue(tx.session, self._now, order)
        store_deleted(tx, call, deleted)
        store_listed(tx, call, recordings or ())
        finish(tx, call, at=listed.over_at, failed=listed.status == "failed")
        add(tx.session, count("callcenter_reconciled_calls_total", result="added"))
        return 1

    def _add_ring(self, line_id: int, ring: CallerRung, tx: CallTransaction) -> int:
        if tx.rota is not None and add_ring(tx.session, tx.rota, line_id, ring, self._now):
            add(tx.session, count("callcenter_reconciled_calls_total", result="ring"))
            return 1
        return 0


def _recordings(twilio: TwilioApi, sid: str) -> tuple[list[tuple[str, int]] | None, list[tuple[str, int]]]:
    """A call's recordings, None when Twilio cannot list them now, and those that were deleted after we fetched them."""
    try:
        listed = twilio.recordings_of(sid)
        return listed, [] if listed else twilio.deleted_recordings_of(sid)
    except RestError:
        return None, []
