"""Random lives of callbacks: calls, owners, presence, appointments, hand-overs, failing channels and clock steps.

Two hosts run the clock and the dispatcher in turn. Each minute it is checked what the people were promised.
"""

import re
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from callcenter.app import make_dispatcher, make_office
from callcenter.callbacks import attempt_events, locks, one_press, promises, verbs
from callcenter.callbacks.records import Callback, PromisedTime
from callcenter.callbacks.rules import STATES, is_live
from callcenter.callbacks.telling import BUNDLE, LEAD_AFTER, REMIND_BEFORE
from callcenter.callbacks.under_way import being_made
from callcenter.clock import VirtualClock
from callcenter.errors import CallcenterError
from callcenter.lines.records import Line
from callcenter.presence.records import ConsultantState
from callcenter.reachability.counting import count_rows
from callcenter.rota.duty import present
from callcenter.rota.hours import due, is_open
from callcenter.rota.versions import in_force
from callcenter.settings import Settings
from callcenter.telephony.records import OutboxMessage
from callcenter.telephony.twilio_api import RestError
from schedules import callbacks, clock_steps
from tests.support.promises import MOBILES, a_rota, an_office, facts
from tests.support.slow_channels import WebHook

URL = "https://rbl.example"
ROTA = a_rota()
MINUTE = timedelta(minutes=1)
# The lead must know of an overdue callback after this long: the owner's time, a bundle and two looks.
LEAD_KNOWS_WITHIN = LEAD_AFTER + BUNDLE + 2 * MINUTE

_KINDS = {
    "reminder": r"^Over \d+ min|^Belafspraak om|nog vóór sluiting",
    "overdue": r"^Te laat|terugbelverzoeken te laat, het oudste",
    "new": r"^Nieuw terug|nieuwe terug",
    "other time": r"^Andere tijd",
    "digest": r"^Goede",
    "unowned": r"van niemand|eigenaar er niet",
}
# What Twilio answers to a text: it takes it, is busy, fails, does not answer, or refuses it for good.
_ANSWERS = (None, "20429", "http 503", "timeout", "21211")


class SomeTwilio:
    """Twilio's REST API for texts and calls, with one answer to all texts at a time."""

    def __init__(self) -> None:
        self.answer: str | None = None

    def send_sms(self, *, to: str, from_: str, body: str) -> str:
        if self.answer is not None:
            raise RestError(self.answer, retry_safe=self.answer == "20429")
        return "SM1"

    def create_call(self, **_: Any) -> str:
        return "CA1"

    def end_call(self, sid: str, **_: Any) -> None:
        return None


@dataclass(frozen=True)
class Telling:
    """One message that was ordered about one callback, with the giving and the times that it was about."""

    callback_id: int
    kind: str
    to: str
    about: tuple[Any, ...]


class Life:
    """One office that lives from a Tuesday morning on. seed: of everything that happens by chance."""

    def __init__(self, engine: Engine, lead: WebHook, seed: int, start: datetime) -> None:
        self.random, self.clock, self.twilio, self.lead = Random(seed), VirtualClock(start), SomeTwilio(), lead
        settings = Settings(
            CALLCENTER_DATABASE_URL="sqlite:///unused.db",
            CALLCENTER_PUBLIC_URL=URL,
            CALLCENTER_SECRET_KEY="a-secret-for-tests-only",
            CALLCENTER_NOTIFY_URLS=lead.url,
            TWILIO_ACCOUNT_SID="AC1",
            TWILIO_AUTH_TOKEN="only-for-these-tests",
        )
        self.office = make_office(settings, self.clock, engine)
        self.sessions = self.office.sessions
        self.hosts = [make_dispatcher(self.office, cast(Any, self.twilio)) for _ in range(2)]
        with self.sessions.begin() as session:
            an_office(session, start)
        self.tellings: dict[int, list[Telling]] = {}
        self._judged: dict[int, bool] = {}
        self._late_for: dict[int, int] = defaultdict(int)
        self._ready_for: dict[int, int] = defaultdict(int)
        self._about: dict[int, tuple[Any, ...]] = {}
        self._calls = 0
        self._steps: list[int] = []  # the newest order when the clock was set back

    def live(self, minutes: int, *, eventful: bool = True) -> None:
        """Let time pass, minute by minute; something happens in one of eight minutes if it is eventful."""
        for _ in range(minutes):
            if eventful and self.random.random() < 1 / 8:
                with suppress(CallcenterError), self.sessions.begin() as session:
                    self.random.choice(_EVENTS)(self, session)
            self._look()
            self._check()
            self.clock.advance(60)

    def set_clock_back(self, by: timedelta) -> None:
        """The clock of both hosts is set back."""
        self.clock.instant -= by
        clock_steps.run(self.sessions, self.clock)
        self._late_for.clear()
        self._ready_for.clear()
        self._steps.append(max(self.tellings, default=0))
        self._judged.clear()  # times that had passed may lie ahead again

    def _look(self) -> None:
        self.random.shuffle(self.hosts)
        for host in self.hosts:
            callbacks.run(self.sessions, self.clock, public_url=URL, lead_channels=1)
            self._note_tellings()
            host.run_due()

    def _note_tellings(self) -> None:
        with self.sessions() as session:
            kinds = OutboxMessage.kind.in_(("notify_sms", "notify_lead"))
            for order in session.scalars(select(OutboxMessage).where(kinds, OutboxMessage.id.not_in(self.tellings))):
                ids = order.payload.get("callback_ids", [])
                to = order.payload.get("consultant", "lead")
                kind = next((kind for kind, words in _KINDS.items() if re.search(words, order.payload["body"])), "")
                assert kind or not ids, order.payload["body"]
                rows = session.scalars(select(Callback).where(Callback.id.in_(ids)))
                self.tellings[order.id] = [Telling(one.id, kind, to, _about(one)) for one in rows]

    def _check(self) -> None:
        now = self.clock.now()
        with self.sessions() as session:
            made = being_made(session, now)
            away = set(session.scalars(select(ConsultantState.code).where(ConsultantState.presence == "away")))
            reachable = {person.consultant for person in present(ROTA, now)} - away
            for one in session.scalars(select(Callback)):
                self._check_one(one, now, one.id in made, one.owner in reachable)
            self._check_figures(session, now)

    def _check_one(self, one: Callback, now: datetime, under_way: bool, owner_is_there: bool) -> None:
        same = self._about.get(one.id) == _about(one)
        self._about[one.id] = _about(one)
        rests = is_live(one.state) and one.closes_as is None and not under_way and is_open(ROTA, now)
        late = rests and one.due_at <= now
        self._late_for[one.id] = self._late_for[one.id] + 1 if late and same else 0
        if self._late_for[one.id] * MINUTE > LEAD_KNOWS_WITHIN:
            assert one.escalated_at is not None, f"the lead does not know of callback {one.id}"
        told_time = one.appointment_at or one.due_at
        can_try = one.next_attempt_at is None or one.next_attempt_at <= now or one.appointment_at is not None
        if rests and can_try and owner_is_there and same and told_time - REMIND_BEFORE <= now < one.due_at:
            self._ready_for[one.id] += 1
        elif one.due_at > now or not same:
            self._ready_for[one.id] = 0
        elif self._ready_for[one.id] >= 2 and is_live(one.state):
            assert one.reminded_at or one.untold_at, f"nobody was reminded of callback {one.id} before it broke"
            self._ready_for[one.id] = 0

    def _check_figures(self, session: Session, now: datetime) -> None:
        ever = now - timedelta(days=30), now + timedelta(days=90)
        whole = count_rows(session, *ever, now, ZoneInfo("Europe/Amsterdam"), in_force(session), lambda *_: "")
        times = list(session.scalars(select(PromisedTime).where(PromisedTime.withdrawn_at.is_(None))))
        asked = set(session.scalars(select(Callback.id).where(Callback.question_at.is_not(None))))
        over = {one.id: one.kept_at is not None and one.kept_at <= one.due_at for one in times if one.due_at < now}
        early = sum(one.due_at >= now and one.kept_at is not None for one in times)
        if not asked and whole:
            assert whole[""].callbacks_due == len(over) + early
            assert whole[""].callbacks_in_time == sum(over.values()) + early
        for one_id, kept in self._judged.items():
            assert over.get(one_id, kept) == kept, f"promised time {one_id} was judged anew"
        self._judged |= over

    def told_twice(self) -> list[Telling]:
        """What was told to somebody again though the giving and the times were the same."""
        with self.sessions() as session:
            done = set(session.scalars(select(OutboxMessage.id).where(OutboxMessage.state == "done")))
        seen: set[Telling] = set()
        twice = []
        for order_id in sorted(done & self.tellings.keys()):
            if self._steps and order_id > self._steps[0]:
                # What a wrong clock told too early is told again when it is true.
                seen, self._steps = {one for one in seen if one.kind in ("new", "other time")}, self._steps[1:]
            for telling in self.tellings[order_id]:
                (twice.append(telling) if telling in seen else seen.add(telling))
        return twice

    def left_over(self) -> list[str]:
        """The states of orders that are not final."""
        with self.sessions() as session:
            return list(session.scalars(select(OutboxMessage.kind).where(OutboxMessage.state.in_(("queued", "taken")))))

    # What happens

    def _some(self, session: Session, *, live: bool) -> Callback:
        states = [state for state in STATES if is_live(state) is live]
        ids = list(session.scalars(select(Callback.id).where(Callback.state.in_(states)).order_by(Callback.id)))
        if not ids:
            raise CallcenterError("there is none")
        return locks.lock_callback(session, self.random.choice(ids))

    def somebody_calls(self, session: Session) -> None:
        number = f"+3178614{self.random.randrange(12):04}"
        line_id = session.scalars(select(Line.id)).one()
        reason = self.random.choice(["missed", "requested"])
        preferred = self.random.choice([None, *MOBILES])
        promises.promise(session, ROTA, facts(line_id, number, reason, preferred=preferred), self.clock.now())

    def somebody_goes_or_comes(self, session: Session) -> None:
        code = self.random.choice(list(MOBILES))
        now = self.clock.now()
        if session.execute(
            delete(ConsultantState).where(ConsultantState.code == code).returning(ConsultantState.code)
        ).all():
            return
        session.add(
            ConsultantState(code=code, presence="away", presence_at=now, presence_until=now + timedelta(days=9))
        )

    def it_is_handed_over(self, session: Session) -> None:
        to = self.random.choice([None, *MOBILES])
        verbs.hand_over(session, self._some(session, live=True).id, to, "lead", self.clock.now())

    def its_time_is_moved(self, session: Session) -> None:
        now = self.clock.now()
        later = due(ROTA, now, self.random.choice([10, 45, 200]))
        verbs.set_due(session, ROTA, self._some(session, live=True).id, later, "lead", now)

    def an_appointment_is_made(self, session: Session) -> None:
        now = self.clock.now()
        at = now + timedelta(minutes=self.random.choice([7, 40, 120, 1440]))
        one = self._some(session, live=True)
        verbs.appoint(session, ROTA, one.id, at, "AIS", now, self.random.choice([one.owner, None]))

    def an_attempt_is_reported(self, session: Session) -> None:
        result = self.random.choice(["no_answer", "voicemail", "reached", "wrong_number"])
        verbs.record_attempt(session, ROTA, self._some(session, live=True).id, result, "AIS", self.clock.now())

    def it_is_closed(self, session: Session) -> None:
        now, one = self.clock.now(), self._some(session, live=True)
        if self.random.random() < 0.5:
            verbs.close_reached(session, one.id, "AIS", now)
        else:
            verbs.cancel(session, one.id, "dubbel", "lead", now)

    def it_is_reopened(self, session: Session) -> None:
        verbs.reopen(session, ROTA, self._some(session, live=False).id, "lead", self.clock.now())

    def a_consultant_presses(self, session: Session) -> None:
        now, one = self.clock.now(), self._some(session, live=True)
        code = one.owner or "AIS"
        attempt_id = one_press.press(session, ROTA, one.id, code, now, code).id
        self._calls += 1
        sid = f"CA{self._calls:06}"
        attempt_events.leg_created(session, attempt_id, sid, now)
        one_press.accept(session, ROTA, attempt_id, sid, now)

    def a_talk_ends(self, session: Session) -> None:
        now = self.clock.now()
        for callback_id in being_made(session, now):
            attempt = locks.live_attempt(session, callback_id)
            if attempt is not None and attempt.leg_sid is not None:
                talk_s = self.random.choice([0.0, 6.0, 300.0])
                status = "completed" if talk_s else "no-answer"
                attempt_events.dial_ended(session, ROTA, attempt.id, status, talk_s, now)
                attempt_events.consultant_event(session, ROTA, attempt.id, attempt.leg_sid, "completed", now)

    def texts_fail_or_pass(self, _session: Session) -> None:
        self.twilio.answer = self.random.choice(_ANSWERS)

    def the_leads_channel_fails_or_passes(self, _session: Session) -> None:
        self.lead.always = self.random.choice([200, 200, 503])


def _about(one: Callback) -> tuple[Any, ...]:
    return one.owner, one.owner_since, one.due_at, one.appointment_at


_EVENTS: tuple[Callable[[Life, Session], None], ...] = (
    Life.somebody_calls,
    Life.somebody_calls,
    Life.somebody_calls,
    Life.somebody_goes_or_comes,
    Life.it_is_handed_over,
    Life.its_time_is_moved,
    Life.an_appointment_is_made,
    Life.an_attempt_is_reported,
    Life.it_is_closed,
    Life.it_is_reopened,
    Life.a_consultant_presses,
    Life.a_talk_ends,
    Life.a_talk_ends,
    Life.texts_fail_or_pass,
    Life.the_leads_channel_fails_or_passes,
)
