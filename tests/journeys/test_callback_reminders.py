"""After an hour without the scheduler every reminder is sent, late and once, and none says anything about a person."""

import re
from datetime import timedelta

from sqlalchemy import Engine

from callcenter.clock import VirtualClock
from callcenter.standin.faults import FaultRule
from tests.support.callback_office import BASE, CallbackOffice
from tests.support.promises import LINE, MOBILES

SCHOOLS = ("+31302345678", "+31786140001", "+31786140002")


def lived_day(engine: Engine, clock: VirtualClock, *faults: FaultRule, away: range = range(0)) -> list[tuple[str, str]]:
    """Three missed calls between 10 and 11, then two hours in which the job runs each minute but those away.

    Returns to whom which text was sent.
    """
    office = CallbackOffice(engine, clock, faults)
    for number in SCHOOLS:
        office.missed_call(number)
        office.wait(10)
    start = clock.now()
    for minute in range(120):
        if minute not in away:
            office.look()
        office.office.wake()
        office.twilio.run_until(start + timedelta(minutes=minute + 1))
    assert office.failures() == []
    return [(sms.to, sms.body) for sms in office.twilio.exchange.messages.by_sid.values() if sms.from_ == LINE]


def about(texts: list[tuple[str, str]], words: str) -> list[str]:
    return [body for _, body in texts if re.search(words, body)]


def test_with_the_clock_at_work_each_promise_is_reminded_of_and_then_overdue(
    engine: Engine, clock: VirtualClock
) -> None:
    texts = lived_day(engine, clock)
    assert {to for to, _ in texts} <= set(MOBILES.values())
    assert len(about(texts, "te laat: ")) == 3
    assert len(about(texts, "Te laat sinds")) == 3


def test_an_hour_away_delays_and_loses_nothing_and_tells_nothing_twice(engine: Engine, clock: VirtualClock) -> None:
    texts = lived_day(engine, clock, away=range(5, 65))
    assert len(texts) == len(set(texts))
    told = " ".join(body for _, body in texts)
    for callback_id in (1, 2, 3):
        overdue = re.search(rf"Te laat sinds [\d.]+ uur: {BASE}/mijn/terugbellen/{callback_id}\b", told)
        assert overdue or re.search(r"3 terugbelverzoeken te laat", told)


def test_a_rate_limit_delays_a_message_and_does_not_double_it(engine: Engine, clock: VirtualClock) -> None:
    texts = lived_day(engine, clock, FaultRule("rest_429", kind="create-message", times=3))
    assert len(texts) == len(set(texts))
    assert len(about(texts, "Te laat sinds")) == 3


def test_no_text_tells_about_anybody(sqlite_engine: Engine, clock: VirtualClock) -> None:
    texts = lived_day(sqlite_engine, clock)
    assert texts
    assert about(texts, "|".join([*(number[3:] for number in SCHOOLS), "Wegwijzer", "Dordrecht"])) == []
