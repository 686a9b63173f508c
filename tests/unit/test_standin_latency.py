"""REST requests take effect when they are answered, and other events happen meanwhile."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from requests import ReadTimeout
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from callcenter.clock import SystemClock
from callcenter.standin.faults import FaultRule
from callcenter.standin.rest.latency import Latencies, Latency, read_latencies
from callcenter.standin.server import Server
from callcenter.standin.stand_in import ACCOUNT_SID, AUTH_TOKEN, StandIn
from callcenter.standin.threads import Abandoned, WorldThreads
from tests.support.toy_product import (
    ANN,
    BASE,
    BOB,
    CONFERENCE,
    LINE,
    SCHOOL,
    START,
    Product,
    a_client,
    an_office,
    twiml,
)

LONG = twiml("<Say>Nieuw</Say>", "<Pause length='30'/>")


def client_with_patience(office: StandIn, timeout_s: float) -> Client:
    return Client(ACCOUNT_SID, AUTH_TOKEN, http_client=office.http_client(timeout_s))


def seconds(instant: datetime) -> float:
    return (instant - START).total_seconds()


def create(client: Client, to: str = ANN) -> Any:
    return client.calls.create(to=to, from_=LINE, url=f"{BASE}/s")


# Latencies


def test_each_kind_of_operation_has_its_own_latency() -> None:
    latencies = Latencies(read_latencies("update-call=0.8, create-call=0-5, *=0.1"), seed=7)
    drawn = [latencies.draw_s("create-call") for _ in range(200)]

    assert latencies.draw_s("update-call") == 0.8
    assert latencies.draw_s("delete-recording") == 0.1
    assert all(0 <= s <= 5 for s in drawn)
    assert max(drawn) - min(drawn) > 4


def test_the_same_seed_draws_the_same_latencies() -> None:
    first, second, other = (Latencies([Latency(0, 5)], seed) for seed in (3, 3, 4))
    drawn = [[latencies.draw_s("create-call") for _ in range(5)] for latencies in (first, second, other)]
    assert drawn[0] == drawn[1] != drawn[2]


@pytest.mark.parametrize("text", ["fast", "5-1", "-3", "create-call=", "1-2-3"])
def test_a_latency_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_latencies(text)


# A slow request


def test_a_call_is_created_when_the_answer_is_given_and_not_before() -> None:
    office = an_office(Product(), latencies=[Latency(3)])
    seen: list[int] = []
    office.world.call_later(2.9, lambda: seen.append(len(office.calls)))
    leg = create(a_client(office))

    assert seen == [0]
    assert seconds(office.exchange.calls[leg.sid].created_at) == 3
    assert seconds(office.world.now()) == 3


def test_callers_are_answered_while_a_request_is_under_way() -> None:
    product = Product({"/webhooks/voice": twiml("<Say>Goedemorgen</Say>")})
    office = an_office(product, latencies=[Latency(4)])
    caller = office.caller(SCHOOL).dials(LINE, after=1)
    create(a_client(office))

    assert product.paths()[0] == "/webhooks/voice"
    assert caller.said() == "Goedemorgen"


def test_a_redirect_and_an_end_take_effect_when_they_are_answered() -> None:
    office = an_office(Product({"/webhooks/voice": twiml("<Pause length='30'/>"), "/new": LONG}))
    caller = office.caller(SCHOOL).dials(LINE)
    office.run_for(1)
    office.rest.latencies.rules = [Latency(2, kind="update-call")]
    a_client(office).calls(caller.sid).update(url=f"{BASE}/new")
    assert seconds(office.world.now()) == 3
    office.run_for(0.1)

    (said,) = [heard for heard in caller.heard if heard.what == "say"]
    assert 3 <= seconds(said.at) < 3.1
    a_client(office).calls(caller.sid).update(status="completed")
    assert caller.call.ended_at is not None
    assert seconds(caller.call.ended_at) == pytest.approx(5.1)


def test_a_call_that_ends_before_its_request_takes_effect_cannot_be_changed_any_more() -> None:
    office = an_office(Product({"/webhooks/voice": twiml("<Pause length='2'/>")}), latencies=[Latency(5)])
    caller = office.caller(SCHOOL).dials(LINE)
    office.run_for(0.5)
    with pytest.raises(TwilioRestException) as refused:
        a_client(office).calls(caller.sid).update(url=f"{BASE}/new")
    assert refused.value.code == 21220


def test_an_answer_later_than_the_clients_patience_is_a_timeout_and_takes_effect_all_the_same() -> None:
    office = an_office(Product(), latencies=[Latency(7)])
    with pytest.raises(ReadTimeout):
        create(client_with_patience(office, 5))

    assert seconds(office.world.now()) == 5
    assert not office.calls
    office.run_for(3)
    assert [seconds(call.created_at) for call in office.calls] == [7]


@pytest.mark.parametrize(("reaches", "calls"), [(True, 1), (False, 0)])
def test_a_request_without_an_answer_takes_effect_at_its_time_if_at_all(reaches: bool, calls: int) -> None:
    office = an_office(Product(), faults=[FaultRule("rest_timeout", reaches=reaches, seconds=2)])
    with pytest.raises(ReadTimeout):
        create(client_with_patience(office, 5))

    assert seconds(office.world.now()) == 5
    assert len(office.calls) == calls
    assert all(seconds(call.created_at) == 2 for call in office.calls)


def test_one_request_may_be_slower_than_all_others() -> None:
    office = an_office(Product(), faults=[FaultRule("rest_delay", kind="create-call", seconds=2, times=1)])
    create(a_client(office))
    create(a_client(office), to=BOB)
    assert [seconds(call.created_at) for call in office.calls] == [2, 2]


def test_without_latency_nothing_takes_time_and_nobody_waits() -> None:
    office = an_office(Product())
    assert not office.rest.takes_time
    create(a_client(office))
    assert seconds(office.world.now()) == 0


def test_in_real_time_a_request_in_process_cannot_be_waited_for() -> None:
    office = StandIn(SystemClock(), Product(), base_url=BASE, latencies=[Latency(1)])
    office.line(LINE)
    with pytest.raises(RuntimeError):
        create(a_client(office))


def test_over_http_a_request_takes_effect_after_its_latency_too() -> None:
    office = StandIn(SystemClock(), Product(), base_url=BASE, latencies=[Latency(0.3)])
    office.line(LINE)
    server = Server(office.rest)
    try:
        import requests

        began = time.perf_counter()
        answer = requests.post(
            f"{server.url}/2010-04-01/Accounts/{ACCOUNT_SID}/Calls.json",
            data={"To": ANN, "From": LINE, "Url": f"{BASE}/s"},
            auth=(ACCOUNT_SID, AUTH_TOKEN),
            timeout=5,
        )
        took_s = time.perf_counter() - began
    finally:
        server.stop()
    assert answer.status_code == 201
    assert took_s >= 0.3
    assert (SystemClock().now() - office.calls[0].created_at).total_seconds() < took_s - 0.25


# Several requests at once


def threads(office: StandIn, after: Callable[[], object] = lambda: None) -> WorldThreads:
    return WorldThreads(after, lambda go_on: go_on())


def test_a_request_that_began_later_keeps_no_earlier_one_from_going_on() -> None:
    office = an_office(Product())
    client, told = a_client(office), []

    def ask(to: str) -> None:
        create(client, to)
        told.append((to, seconds(office.world.now())))

    at_work = threads(office)
    office.rest.latencies.rules = [Latency(4)]
    at_work.submit(ask, ANN)
    office.run_for(1)
    office.rest.latencies.rules = [Latency(9)]
    at_work.submit(ask, BOB)
    assert told == []
    office.run_for(20)

    assert told == [(ANN, 4), (BOB, 10)]
    assert [seconds(call.created_at) for call in office.calls] == [4, 10]


def test_work_that_asks_twice_waits_twice() -> None:
    office = an_office(Product(), latencies=[Latency(2)])
    client, done = a_client(office), []
    threads(office, lambda: done.append(seconds(office.world.now()))).submit(lambda: (create(client), create(client)))
    office.run_for(10)
    assert done == [4]


def test_what_a_thread_dies_of_is_raised_in_the_worlds_own() -> None:
    office = an_office(Product(), latencies=[Latency(2)])
    client = a_client(office)

    def dies() -> None:
        create(client)
        raise KeyError("gone")

    threads(office).submit(dies)
    with pytest.raises(KeyError):
        office.run_for(3)


def test_of_a_process_that_has_died_nothing_is_kept_though_twilio_does_what_it_was_asked() -> None:
    office = an_office(Product(), latencies=[Latency(2)])
    client, kept, ends = a_client(office), [], []

    def ask() -> None:
        try:
            create(client)
            kept.append("answer")
        except Abandoned:
            ends.append("abandoned")
            raise

    at_work = threads(office)
    at_work.submit(ask)
    office.run_for(1)
    at_work.abandon()
    office.run_for(5)

    assert (kept, ends) == ([], ["abandoned"])
    assert len(office.calls) == 1


def test_a_job_that_waits_for_rest_does_not_run_inside_itself() -> None:
    office = an_office(Product(), latencies=[Latency(3)])
    client, under_way, most = a_client(office), [], []

    def job() -> None:
        under_way.append(1)
        most.append(len(under_way))
        create(client)
        under_way.pop()

    office.world.every(1, job)
    office.run_for(12)
    assert len(most) >= 3
    assert max(most) == 1


# Effects of a redirect


def in_conference(office: StandIn) -> tuple[Any, Any]:
    """Two callers who talk in one conference."""
    first, second = (office.caller(number).dials(LINE) for number in (SCHOOL, "+31201234567"))
    office.run_for(5)
    assert first.call.talking
    assert second.call.talking
    return first, second


def test_who_is_redirected_out_of_a_conference_ends_it_for_the_other_with_end_conference_on_exit() -> None:
    product = Product({"/webhooks/voice": CONFERENCE.format('endConferenceOnExit="true"'), "/new": twiml("<Pause/>")})
    product.pages["/after"] = twiml("<Say>Voorbij</Say>")
    office = an_office(product)
    first, second = in_conference(office)
    a_client(office).calls(first.sid).update(url=f"{BASE}/new")
    office.run_for(5)

    assert second.said() == "Voorbij"
    assert [torn.how for torn in office.torn_talks()] == ["redirect"]
    # The action of both calls is requested; for the redirected one its answer is not played.
    assert [params["DialCallStatus"] for params in product.asked("/after")] == ["completed", "completed"]
    assert first.said() == ""


def test_without_end_conference_on_exit_the_other_stays_alone_and_in_silence() -> None:
    product = Product({"/webhooks/voice": CONFERENCE.format(""), "/new": twiml("<Pause length='20'/>")})
    office = an_office(product)
    first, second = in_conference(office)
    a_client(office).calls(first.sid).update(url=f"{BASE}/new")
    office.run_for(5)

    assert second.call.is_live
    assert not second.call.talking
    assert second.heard[-1].what == "pause"
    assert len(product.asked("/after")) == 1


def test_who_comes_back_to_the_conference_in_time_has_lost_a_moment_and_not_the_talk() -> None:
    product = Product({"/webhooks/voice": CONFERENCE.format("")})
    office = an_office(product)
    first, second = in_conference(office)
    a_client(office).calls(first.sid).update(url=f"{BASE}/webhooks/voice")
    office.run_for(5)

    assert first.call.talking
    assert second.call.talking
    assert len(office.exchange.talks.torn) == 1
    assert office.torn_talks() == []


def test_a_talk_that_is_ended_by_status_is_torn_and_one_that_people_end_is_not() -> None:
    office = an_office(Product({"/webhooks/voice": CONFERENCE.format('endConferenceOnExit="true"')}))
    first, _ = in_conference(office)
    office.exchange.hang_up(first.call)
    office.settle()
    assert office.torn_talks() == []

    first, _ = in_conference(office)
    a_client(office).calls(first.sid).update(status="completed")
    assert [torn.how for torn in office.torn_talks()] == ["completed"]


def test_the_new_document_comes_so_long_after_the_interrupted_dials_action() -> None:
    product = Product({"/webhooks/voice": CONFERENCE.format(""), "/new": twiml("<Say>Nieuw</Say>")})
    product.pages["/after"] = twiml("<Say>Voorbij</Say>")
    office = an_office(product, latencies=[Latency(1.5)])
    first, _ = in_conference(office)
    asked_at = seconds(office.world.now())
    a_client(office).calls(first.sid).update(url=f"{BASE}/new")
    office.run_for(3)

    hooks = {hook.kind: seconds(hook.at) for hook in first.webhooks[1:]}
    assert hooks["action"] >= asked_at + 1.5
    assert hooks["document"] - hooks["action"] == pytest.approx(0.3)
    assert first.said() == "Nieuw"
