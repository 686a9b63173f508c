"""A scrape has every metric of docs/metrics.md, at a cost that does not grow."""

import re
from datetime import datetime, timedelta

from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event, select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.callbacks.records import Callback
from callcenter.clock import VirtualClock
from callcenter.presence.records import ConsultantState
from callcenter.storage.totals import add, count, observe
from callcenter.telephony.outbox import Order, enqueue
from callcenter.telephony.records import OutboxMessage
from tests.support.api_office import Door, a_call, a_line

# Every metric with its labels; docs/metrics.md explains them.
CATALOGUE = """
callcenter_calls_total{line,group,outcome,hours} callcenter_calls_in_progress{line,state}
callcenter_call_wait_seconds{line,result} callcenter_call_talk_seconds{line}
callcenter_offered_calls_total{line,group} callcenter_answered_calls_total{line,group}
callcenter_offered_by_outcome_total{line,group,outcome}
callcenter_rota_loaded_timestamp_seconds callcenter_closed_today{line}
callcenter_answered_in_time_total{line} callcenter_legs_total{line,tier,result} callcenter_consultants{line,state}
callcenter_line_open{line} callcenter_rota_gap_seconds{line} callcenter_rota_gap_tomorrow_seconds{line}
callcenter_rota_load_failed callcenter_callbacks{state} callcenter_job_fresh_within_seconds{job}
callcenter_callbacks_overdue callcenter_callbacks_created_total{reason}
callcenter_callbacks_closed_total{result,in_time} callcenter_callback_age_seconds
callcenter_callbacks_reopened_total{result} callcenter_promises_total{line,group,kept}
callcenter_rescued_calls_total{line,group}
callcenter_unanswered_without_callback callcenter_consultants_text_stopped callcenter_survey_answers_total{group,answer}
callcenter_reachability_target_ratio callcenter_reachability_baseline_ratio
callcenter_webhook_seconds{route,status} callcenter_webhooks_rejected_total{reason}
callcenter_requests_refused_total{reason}
callcenter_webhook_replays_total callcenter_calls_limited_total{limit}
callcenter_outgoing_calls{to} callcenter_outgoing_calls_limit{to}
callcenter_outbox_messages{kind,state} callcenter_outbox_oldest_seconds
callcenter_messages_untold{kind}
callcenter_recordings_oldest_seconds callcenter_recordings_lost_total
callcenter_twilio_requests_total{operation,result} callcenter_job_last_success_timestamp_seconds{job}
callcenter_reconciled_calls_total{result} callcenter_build_info{version}
"""


class Scrape:
    """One scrape, read as Prometheus reads it."""

    def __init__(self, door: Door) -> None:
        answer = door.client.get("/metrics")
        assert answer.status_code == 200
        self.text = answer.text
        self.families = {family.name: family for family in text_string_to_metric_families(answer.text)}
        self.samples = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in self.families.values()
            for sample in family.samples
        }

    def value(self, name: str, **labels: str) -> float:
        return self.samples[name, frozenset(labels.items())]


def test_every_metric_of_the_contract_is_there_from_the_first_minute(
    sqlite_sessions: sessionmaker[Session], clock: VirtualClock
) -> None:
    scrape = Scrape(Door(sqlite_sessions, clock))
    for name, _ in re.findall(r"(\w+)(?:\{([\w,]+)\})?", CATALOGUE):
        if name.startswith("callcenter_"):
            assert f"# TYPE {name} " in scrape.text


def test_a_line_has_its_zeros_before_its_first_call(
    sqlite_sessions: sessionmaker[Session], clock: VirtualClock
) -> None:
    door = Door(sqlite_sessions, clock)
    door.load_rota()
    with sqlite_sessions.begin() as session:
        a_line(session, clock.now())
    scrape = Scrape(door)
    assert scrape.value("callcenter_offered_calls_total", line="1", group="school") == 0
    assert scrape.value("callcenter_legs_total", line="1", tier="region", result="voicemail") == 0
    assert scrape.value("callcenter_call_wait_seconds_count", line="1", result="answered") == 0
    assert scrape.value("callcenter_line_open", line="1") == 1
    assert scrape.value("callcenter_closed_today", line="1") == 0
    assert scrape.value("callcenter_rota_loaded_timestamp_seconds") == clock.now().timestamp()
    assert scrape.value("callcenter_offered_by_outcome_total", line="1", group="school", outcome="missed") == 0
    assert scrape.value("callcenter_consultants", line="1", state="on_duty") == 2


def test_a_series_has_exactly_the_labels_of_the_contract(sessions: sessionmaker[Session], clock: VirtualClock) -> None:
    door = Door(sessions, clock)
    door.load_rota()
    with sessions.begin() as session:
        a_line(session, clock.now())
        enqueue(session, clock.now(), Order("place_leg", {}, 60))
    scrape = Scrape(door)
    for name, labels in re.findall(r"(callcenter_\w+)(?:\{([\w,]+)\})?", CATALOGUE):
        wanted = set(labels.split(",")) if labels else set()
        for sample in scrape.families[name.removesuffix("_total")].samples:
            assert set(sample.labels) - {"le"} == wanted, name


def test_cells_of_a_histogram_add_up(sessions: sessionmaker[Session], clock: VirtualClock) -> None:
    door = Door(sessions, clock)
    with sessions.begin() as session:
        for wait_s in (3.0, 12.0, 12.5, 400.0):
            add(session, observe("callcenter_call_wait_seconds", wait_s, line="7", result="answered"))
    scrape = Scrape(door)

    def upto(le: str) -> float:
        return scrape.value("callcenter_call_wait_seconds_bucket", line="7", result="answered", le=le)

    assert [upto(le) for le in ("5.0", "10.0", "15.0", "300.0", "+Inf")] == [1, 1, 3, 3, 4]
    assert scrape.value("callcenter_call_wait_seconds_sum", line="7", result="answered") == 427.5
    assert scrape.value("callcenter_call_wait_seconds_count", line="7", result="answered") == 4


def test_what_is_going_on_now_is_told(sessions: sessionmaker[Session], clock: VirtualClock) -> None:
    door, now = Door(sessions, clock), clock.now()
    door.load_rota()
    with sessions.begin() as session:
        line = a_line(session, now)
        a_call(session, line, now, None)
        a_call(session, line, now - timedelta(hours=2), "missed")
        a_call(session, line, now - timedelta(hours=2), "missed", from_number=None)
        a_call(session, line, now - timedelta(hours=2), "missed", from_number="+12125550100")
        a_call(session, line, now - timedelta(days=3), "missed")
        session.add(ConsultantState(code="AIS", presence="busy", presence_until=now + timedelta(minutes=1)))
        session.add(ConsultantState(code="BRA", presence="busy", presence_until=now - timedelta(minutes=1)))
        for minutes, state in ((-5, "open"), (5, "claimed")):
            session.add(
                Callback(
                    line_id=line.id,
                    group="school",
                    reason="missed",
                    created_at=now,
                    due_at=now + timedelta(minutes=minutes),
                    state=state,
                )
            )
        add(session, count("callcenter_callbacks_closed_total", 3, result="reached", in_time="true"))
        add(session, count("callcenter_callbacks_reopened_total", 1, result="reached"))
        enqueue(session, now, Order("place_leg", {}, 60))
    clock.advance(30)
    scrape = Scrape(door)
    assert scrape.value("callcenter_calls_in_progress", line="1", state="ringing") == 1
    # Two of today count, whether or not their number may be dialled; a withheld number cannot be rung back.
    assert scrape.value("callcenter_unanswered_without_callback") == 2
    assert scrape.value("callcenter_consultants", line="1", state="busy") == 1
    assert scrape.value("callcenter_consultants", line="1", state="available") == 1
    assert scrape.value("callcenter_callbacks", state="open") == 1
    assert scrape.value("callcenter_callbacks", state="claimed") == 1
    assert scrape.value("callcenter_callbacks", state="reached") == 2
    assert scrape.value("callcenter_callbacks_overdue") == 1
    assert scrape.value("callcenter_outbox_messages", kind="place_leg", state="queued") == 1
    assert scrape.value("callcenter_outbox_oldest_seconds") == 30


def test_a_callback_of_the_number_since_the_call_will_do(sessions: sessionmaker[Session], clock: VirtualClock) -> None:
    door, now = Door(sessions, clock), clock.now()
    an_hour_ago, earlier = now - timedelta(hours=1), now - timedelta(hours=3)

    def callback(number: str, created_at: datetime, closed_at: datetime | None) -> Callback:
        state = "reached" if closed_at else "open"
        common = {"line_id": line.id, "group": "school", "reason": "manual", "due_at": now + timedelta(hours=1)}
        return Callback(number=number, created_at=created_at, closed_at=closed_at, state=state, **common)

    with sessions.begin() as session:
        line = a_line(session, now)
        for last in range(1, 6):
            a_call(session, line, an_hour_ago, "missed", from_number=f"+3178614000{last}")
        a_call(session, line, an_hour_ago, "missed", from_number="+31786140006", keyed_number="+31786140007")
        session.add_all(
            (
                callback("+31786140001", now, None),  # made by hand
                callback("+31786140002", now, now),  # and already closed
                callback("+31786140003", earlier, None),  # one that was live all the time
                callback("+31786140004", earlier, earlier),  # closed before the call: it does not help this caller
                callback("+31786140006", now, None),  # not on the number that the caller keyed
            )
        )
    # The fifth caller has none at all.
    assert Scrape(door).value("callcenter_unanswered_without_callback") == 3


def test_a_gap_tomorrow_is_told_apart_from_one_later_in_the_week(
    sqlite_sessions: sessionmaker[Session], clock: VirtualClock
) -> None:
    door = Door(sqlite_sessions, clock)
    with sqlite_sessions.begin() as session:
        a_line(session, clock.now())
    heading = "consultant;days;from;to;every;anchor;valid_from;valid_until;role;note\n"
    day_after_tomorrow, tomorrow = (f"{clock.now() + timedelta(days=days):%a}".lower() for days in (2, 1))
    open_days = ["mon", "tue", "wed", "thu", "fri"]
    assert {tomorrow, day_after_tomorrow} <= set(open_days)

    def gaps_without(day: str) -> tuple[float, float]:
        days = ",".join(one for one in open_days if one != day)
        door.load_rota(shifts=f"{heading}AIS;{days};08:30;17:00;;;;;line;\n")
        scrape = Scrape(door)
        names = ("callcenter_rota_gap_tomorrow_seconds", "callcenter_rota_gap_seconds")
        return scrape.value(names[0], line="1"), scrape.value(names[1], line="1")

    a_day = 8.5 * 3600
    assert gaps_without(tomorrow) == (a_day, a_day)
    assert gaps_without(day_after_tomorrow) == (0, a_day)


def test_orders_given_up_in_the_last_day_are_told_by_kind(sessions: sessionmaker[Session], clock: VirtualClock) -> None:
    door, now = Door(sessions, clock), clock.now()
    with sessions.begin() as session:
        enqueue(
            session,
            now,
            *[Order("notify_sms", {}, 60)] * 3,
            Order("place_leg", {}, 60),
            Order("fetch_recording", {}, 9999),
        )
    with sessions.begin() as session:
        first, second, third, leg, _ = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
        first.state, first.done_at = "failed", now
        second.state, second.done_at = "failed", now - timedelta(hours=25)
        third.state, third.done_at = "done", now
        leg.state, leg.done_at = "expired", now
    clock.advance(600)
    scrape = Scrape(door)
    assert scrape.value("callcenter_outbox_messages", kind="notify_sms", state="failed") == 1
    assert scrape.value("callcenter_outbox_messages", kind="place_leg", state="expired") == 1
    assert scrape.value("callcenter_recordings_oldest_seconds") == 600
    assert scrape.value("callcenter_recordings_lost_total") == 0


def test_a_day_without_opening_hours_is_marked_as_closed(
    sqlite_sessions: sessionmaker[Session], clock: VirtualClock
) -> None:
    door = Door(sqlite_sessions, clock)
    door.load_rota()
    with sqlite_sessions.begin() as session:
        a_line(session, clock.now())
    sunday = clock.now() + timedelta(days=6 - clock.now().weekday())
    clock.move_to(sunday)
    scrape = Scrape(door)
    assert scrape.value("callcenter_closed_today", line="1") == 1
    assert scrape.value("callcenter_line_open", line="1") == 0


def test_a_scrape_reads_no_more_rows_after_a_thousand_calls(
    sqlite_sessions: sessionmaker[Session], clock: VirtualClock
) -> None:
    door = Door(sqlite_sessions, clock)
    door.load_rota()
    statements: list[str] = []
    event.listen(door.office.engine, "before_cursor_execute", lambda *seen: statements.append(seen[2]))
    with sqlite_sessions.begin() as session:
        line = a_line(session, clock.now())
    Scrape(door)  # the first one may read the rota's files, which are then cached
    statements.clear()
    Scrape(door)
    first = len(statements)
    with sqlite_sessions.begin() as session:
        for minute in range(1000):
            a_call(session, line, clock.now() - timedelta(days=2, minutes=minute))
    statements.clear()
    Scrape(door)
    assert len(statements) == first <= 17
    with sqlite_sessions.begin() as session:
        for statement in statements:
            if statement.lstrip().upper().startswith("SELECT"):
                marks = statement.count("?")
                rows = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", (None,) * marks)
                plan = [row[3] for row in rows]
                assert not any(step == "SCAN call" or step == "SCAN outbox" for step in plan), statement
                if "FROM call " in statement:
                    # Not the index on callback_id: every answered call is in it as NULL.
                    few = ("ix_call_live", "ix_call_outcome", "ix_call_from_number (from_number=? AND ended_at=?)")
                    assert any(index in step for step in plan for index in few), plan


def test_no_label_holds_a_number_or_a_name(sessions: sessionmaker[Session], clock: VirtualClock) -> None:
    door = Door(sessions, clock)
    door.load_rota()
    with sessions.begin() as session:
        a_call(session, a_line(session, clock.now()), clock.now(), None)
    text = Scrape(door).text
    assert not re.search(r"\+?\d{9,}", text.replace("0.0", ""))
    assert not any(word in text for word in ("AIS", "Aïsha", "RBL", "Wegwijzer"))


def test_the_callback_that_the_runbook_asks_for_can_be_made_for_every_number(
    sessions: sessionmaker[Session], clock: VirtualClock
) -> None:
    door, abroad, another = Door(sessions, clock), "+12125550100", "+12125550101"
    door.load_rota()
    with sessions.begin() as session:
        a_call(session, a_line(session, clock.now()), clock.now() - timedelta(hours=1), "missed", from_number=abroad)
    assert Scrape(door).value("callcenter_unanswered_without_callback") == 1
    assert door.ask("POST", "/callbacks", json={"number": another}).status_code == 422
    assert door.ask("POST", "/callbacks", json={"number": abroad}).status_code == 201
    assert Scrape(door).value("callcenter_unanswered_without_callback") == 0
