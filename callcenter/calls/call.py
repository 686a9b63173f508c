"""The row of one inbound call, and the methods that change it.

No other file assigns its attributes (tests/unit/test_calls_change_by_verbs.py). UPDATE statements in `routing` and
`privacy` change some columns too. Illegal changes of stage raise.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.calls.stages import STATE, TRANSITIONS, Outcome, Stage, was_talk
from callcenter.errors import IllegalTransition
from callcenter.storage.base import Base, index_where

# An engaged mobile is rung once more after this time: its owner is on the telephone and has not refused the call.
ENGAGED_FOR = timedelta(seconds=15)


class Call(Base):
    """One inbound call."""

    __tablename__ = "call"
    __table_args__ = (
        index_where("ended_at IS NULL", "ix_call_live", "from_number", "state", "line_id"),
        index_where("next_due_at IS NOT NULL", "ix_call_due", "next_due_at"),
        index_where("places > 0", "ix_call_waiting", "received_at"),
        index_where("outcome IS NOT NULL", "ix_call_outcome", "outcome", "received_at"),
        index_where("contact_id IS NOT NULL", "ix_call_contact", "contact_id", "received_at"),
        index_where("callback_id IS NOT NULL", "ix_call_callback_id", "callback_id"),
        Index("ix_call_from_number", "from_number", "ended_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    call_sid: Mapped[str] = mapped_column(String(64), unique=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("line.id"))
    from_number: Mapped[str | None] = mapped_column(String(20))  # E.164, NULL when withheld
    keyed_number: Mapped[str | None] = mapped_column(String(20))  # keyed in by the caller for a callback
    group: Mapped[str] = mapped_column(String(16))  # school, partner, parent, youth, unknown
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id", ondelete="SET NULL"))
    caller_name: Mapped[str | None] = mapped_column(
        String(200)
    )  # of the contact when the call arrived; of one of several when shared
    caller_place: Mapped[str | None] = mapped_column(String(100))
    shared_by: Mapped[int] = mapped_column(default=0)  # how many contacts have this number, when more than one
    forwarded_from: Mapped[str | None] = mapped_column(String(20))
    rescued_for: Mapped[str | None] = mapped_column(String(16))  # the consultant who was dialled directly
    staff: Mapped[str | None] = mapped_column(String(16))  # the consultant who rings the line
    language: Mapped[str] = mapped_column(String(2), default="nl")

    received_at: Mapped[datetime] = mapped_column(index=True)
    in_hours: Mapped[bool]
    rota_version_id: Mapped[int | None]
    state: Mapped[str] = mapped_column(String(16))  # as in the API: ringing, connected, message, ended
    stage: Mapped[str] = mapped_column("step", String(24))  # where the caller is: calls/stages.py
    turn: Mapped[int] = mapped_column(default=0)  # the number of the newest document
    preferred: Mapped[str | None] = mapped_column(String(16))  # this caller's own consultant
    areas: Mapped[list[Any]] = mapped_column(default=list)  # the caller's municipalities and regions, case-folded

    # Index in the policy's tiers; -1 before the first, their number once all were tried.
    tier: Mapped[int] = mapped_column(default=-1)
    tier_ends_at: Mapped[datetime | None]
    tier_list: Mapped[list[Any]] = mapped_column(default=list)  # consultants of this tier not yet offered, in order
    offered_to: Mapped[list[Any]] = mapped_column(default=list)  # consultants offered in this hunt
    # Consultants whose mobile was engaged: code to the instant (ISO text) from which it is rung once more.
    engaged: Mapped[dict[str, Any]] = mapped_column(default=dict)
    places: Mapped[int] = mapped_column(default=0)  # how many more mobiles could ring now if consultants were free
    deadline_at: Mapped[datetime | None]  # the hunt's cap
    next_due_at: Mapped[datetime | None]  # when the clock advances this call
    rest_down: Mapped[bool] = mapped_column(default=False)  # legs cannot be placed: ring by <Dial>

    # Redirects of the caller's call to its next document: see routing/redirects.py.
    # The last one ordered; NULL once Twilio has requested its document, or it failed for good.
    redirect_ordered_at: Mapped[datetime | None] = mapped_column("fetch_ordered_at")
    redirects: Mapped[int] = mapped_column("fetches", default=0)  # number sent to Twilio
    redirects_over: Mapped[int] = mapped_column("fetches_over", default=0)  # of those: taken effect or refused
    redirect_sent_at: Mapped[datetime | None] = mapped_column("fetch_sent_at")  # the last one

    answered_leg_id: Mapped[int | None]
    answered_by: Mapped[str | None] = mapped_column(String(16))
    accepted_at: Mapped[datetime | None]
    connected_at: Mapped[datetime | None]
    message_at: Mapped[datetime | None]  # when the wait ended in a message or a callback
    wants_callback: Mapped[bool] = mapped_column(default=False)
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(24))
    outcome_at: Mapped[datetime | None]
    counted: Mapped[bool] = mapped_column(default=False)  # counts as offered in reachability
    # Of an offered call: taken within the service level of its own rota version. NULL: not offered, or no outcome yet.
    in_time: Mapped[bool | None]
    wait_s: Mapped[float | None]
    talk_s: Mapped[float | None]
    voicemail_id: Mapped[int | None]
    nothing_recorded: Mapped[bool] = mapped_column(default=False)  # Twilio reported that the last recording is empty
    callback_id: Mapped[int | None] = mapped_column(ForeignKey("callback.id", ondelete="SET NULL"))
    promised_at: Mapped[datetime | None]  # the time promised to the caller
    last_event_at: Mapped[datetime]
    reconciled: Mapped[bool] = mapped_column(default=False)  # known only from Twilio's call list

    @property
    def is_hunting(self) -> bool:
        """Whether the hunt is running."""
        return self.stage == Stage.HUNTING

    @property
    def number_to_ring(self) -> str | None:
        """The number to ring the caller back on: the one they keyed, else the one they called from."""
        return self.keyed_number or self.from_number

    # Stages

    def go_to(self, stage: Stage, now: datetime) -> None:
        """Change the stage. Raises IllegalTransition."""
        before = Stage(self.stage) if self.stage else None
        if stage not in TRANSITIONS[before]:
            raise IllegalTransition(f"a call does not go from {before or 'nowhere'} to {stage}")
        self.stage = str(stage)
        self.state = STATE[stage]
        self.last_event_at = now
        if stage != Stage.HUNTING:
            self.next_due_at, self.places = None, 0

    def begin_hunt(self, cap_s: int, now: datetime) -> None:
        """Begin the hunt, which ends after `cap_s` seconds at the latest."""
        self.go_to(Stage.HUNTING, now)
        self.deadline_at = now + timedelta(seconds=cap_s)

    def offer_message(self, now: datetime, *, stage: Stage = Stage.OFFERING) -> None:
        """Nobody can answer: the caller may leave a message, or key in a number (`stage` KEYING)."""
        self.go_to(stage, now)
        self.message_at = now

    def stop_waiting(self, now: datetime) -> None:
        """The caller chose not to wait any longer."""
        self.message_at = self.message_at or now

    def next_turn(self) -> None:
        """Number the next document."""
        self.turn += 1

    def note_event(self, now: datetime) -> None:
        """Twilio sent an event of this call."""
        self.last_event_at = now

    def advance_at(self, at: datetime | None) -> None:
        """Have the clock advance this call at an instant (UTC). None: only an event advances it."""
        self.next_due_at = at

    def advance_by(self, at: datetime) -> None:
        """Have the clock advance this call at this instant (UTC) or earlier."""
        self.next_due_at = min(self.next_due_at, at) if self.next_due_at else at

    # The hunt

    def ring(
        self, position: int, offered: Collection[str], left: Iterable[str], until: datetime, *, starts: bool
    ) -> None:
        """Ring mobiles of a tier until an instant (UTC).

        position: the tier's index; offered: the consultants rung now; left: those of the tier to be rung later; starts:
        the tier begins now.
        """
        starts = starts or self.tier_ends_at is None
        self.tier = position
        self.tier_ends_at = until if starts else max(until, self.tier_ends_at or until)
        self.tier_list = list(left)
        self.places = 0
        self.offer_to(offered)
        self.next_due_at = min(until, self.deadline_at) if self.deadline_at else until

    def wait(self, position: int, places: int) -> None:
        """Nobody can be rung now. places: how many mobiles could ring if consultants came free."""
        self.tier, self.places = position, places

    def wait_past_tiers(self) -> None:
        """After the last tier: the caller waits for any consultant who comes free."""
        self.tier_ends_at, self.tier_list = None, []

    def end_tier(self) -> None:
        """The present tier's time is over."""
        self.tier_list = []

    def prolong_tier(self, until: datetime) -> None:
        """Prolong the present tier until an instant (UTC), within the cap."""
        if self.tier_ends_at is not None and self.deadline_at is not None:
            self.tier_ends_at = min(max(self.tier_ends_at, until), self.deadline_at)
            self.advance_by(self.tier_ends_at)

    def offer_to(self, consultants: Collection[str]) -> None:
        """Store that these consultants are rung; each is rung once in a hunt."""
        self.offered_to = [*self.offered_to, *consultants]

    def withdraw_offer(self, consultants: Collection[str]) -> None:
        """Let these consultants be rung again, because their mobiles did not ring."""
        self.offered_to = [code for code in self.offered_to if code not in consultants]

    def note_engaged(self, consultant: str, now: datetime) -> None:
        """A mobile was engaged. After the first time in a hunt it is rung once more."""
        if consultant not in self.engaged:
            self.engaged = {**self.engaged, consultant: (now + ENGAGED_FOR).isoformat()}
            self.withdraw_offer([consultant])

    def dial_from_now(self) -> None:
        """Twilio's REST API is down: mobiles are rung by the caller's own <Dial>, one at a time."""
        self.rest_down = True

    def wait_for_dial(self, places: int) -> None:
        """Wait for the caller's own turn to dial; the clock advances this call at the cap. places: as for `wait`."""
        self.next_due_at, self.places = self.deadline_at, places

    # Redirects of the caller

    def order_redirect(self, at: datetime) -> None:
        """A redirect of this call is ordered. at: when it will be sent, UTC."""
        self.redirect_ordered_at = at

    def note_redirect_over(self) -> None:
        """A redirect is over: Twilio requested its document, or refused it. The call stops waiting, unless another one
        was ordered since."""
        self.redirects_over = min(self.redirects, self.redirects_over + 1)
        sent_at, ordered_at = self.redirect_sent_at, self.redirect_ordered_at
        if sent_at and ordered_at and sent_at >= ordered_at and self.redirects_over >= self.redirects:
            self.redirect_ordered_at = None

    def note_redirect_unknown(self) -> None:
        """It is unknown whether the last redirect takes effect. It may still interrupt; the call stops waiting."""
        self.redirect_ordered_at = None

    # The talk

    def be_answered(self, leg_id: int, consultant: str, now: datetime) -> None:
        """A consultant accepted the call."""
        self.answered_leg_id, self.answered_by, self.accepted_at = leg_id, consultant, now

    def connect(self, now: datetime) -> None:
        """The two can speak."""
        self.go_to(Stage.TALKING, now)
        self.connected_at = now

    def reconnect(self, now: datetime) -> None:
        """The document that connects the two reaches the caller only now, because the first one was lost."""
        self.connected_at = now

    def lose_consultant(self, may_be_rung: Collection[str], now: datetime) -> None:
        """The consultant left before the two could speak: the hunt starts again within the same cap.

        may_be_rung: the consultants who may be rung again.
        """
        self.withdraw_offer(may_be_rung)
        self.tier, self.tier_ends_at, self.tier_list = -1, None, []
        self.answered_leg_id = self.answered_by = self.accepted_at = None
        self.connected_at = self.talk_s = None
        self.go_to(Stage.HUNTING, now)

    def end_talk(self, at: datetime, picked_up_at: datetime | None = None) -> None:
        """The talk ended at an instant (UTC); the first report counts.

        picked_up_at: when the consultant picked up. It is taken for the beginning of a talk that, by the clock of
        another host, began after its end.
        """
        if self.talk_s is None and self.connected_at is not None:
            if at < self.connected_at and was_talk(self.connected_at, at, picked_up_at):
                self.connected_at = picked_up_at or at
            self.talk_s = max(0.0, (at - self.connected_at).total_seconds())

    # Messages, numbers and promises

    def want_callback(self) -> None:
        """The caller asked for a callback."""
        self.wants_callback = True

    def key_number(self, number: str) -> None:
        """The caller keyed in a number (E.164) for a callback."""
        self.keyed_number, self.wants_callback = number, True

    def drop_keyed_number(self) -> None:
        """Remove the keyed number, because it is wrong."""
        self.keyed_number, self.wants_callback = None, False

    def switch_language(self) -> None:
        """Switch between Dutch and English."""
        self.language = "en" if self.language == "nl" else "nl"

    def promise(self, due_at: datetime) -> None:
        """Store the time (UTC) by which a callback is promised to the caller."""
        self.promised_at = due_at

    def record_again(self) -> None:
        """The caller records again: discard Twilio's report on the last recording."""
        self.nothing_recorded = False

    def note_nothing_recorded(self) -> None:
        """Twilio reported that the last recording is empty."""
        self.nothing_recorded = True

    def add_voicemail(self, voicemail_id: int) -> None:
        """Store the id of the caller's message; it replaces an older one of this call."""
        self.voicemail_id = voicemail_id

    def link_callback(self, callback_id: int) -> None:
        """Store the id of the callback that this call led to."""
        self.callback_id = callback_id

    # The end

    def end(self, at: datetime, now: datetime, picked_up_at: datetime | None = None) -> None:
        """The caller hung up at an instant (UTC). picked_up_at: as for `end_talk`."""
        self.ended_at = max(at, self.received_at)
        self.end_talk(self.ended_at, picked_up_at)
        self.go_to(Stage.ENDED, now)

    def fix_outcome(
        self, outcome: Outcome, wait_s: float, *, counted: bool, now: datetime, service_level_s: float = 0
    ) -> None:
        """Fix the outcome of a call that is over.

        counted: the call counts as offered in reachability; service_level_s: within how many seconds an answer is in
        time.
        """
        self.outcome, self.outcome_at, self.next_due_at = outcome, now, None
        self.wait_s, self.counted = wait_s, counted
        self.in_time = outcome == Outcome.ANSWERED and wait_s <= service_level_s if counted else None
        if outcome != Outcome.ANSWERED:
            self.answered_by = self.talk_s = None

    def reject(self, now: datetime) -> None:
        """The call is not put through, and never counted as offered."""
        self.go_to(Stage.ENDED, now)
        self.ended_at = now
        self.fix_outcome(Outcome.REJECTED, 0, counted=False, now=now)

    def note_reconciled(self) -> None:
        """Mark the call as known only from Twilio's call list."""
        self.reconciled = True
