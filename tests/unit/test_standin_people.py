"""Random people: whatever they do, every call ends and no state is left over."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.standin.faults import FaultRule
from callcenter.standin.people.crowd import crowd, invented_numbers
from callcenter.standin.people.scripts import CallerScript, PhoneScript, Scenario, Step, random_caller, random_phone
from callcenter.standin.people.shape import CallShape, Quantiles
from callcenter.standin.people.workers import CallbackWorker
from callcenter.standin.stand_in import StandIn
from callcenter.standin.twilio.calls import FINAL
from tests.support.toy_product import ANN, BASE, BOB, CONFERENCE, LINE, SCHOOL, Product, a_client, an_office, twiml

HOLD = twiml(
    '<Gather numDigits="1" timeout="5" action="/pressed"><Say>Wacht</Say></Gather>', "<Redirect>/hold</Redirect>"
)
RECORD = twiml('<Record action="/done" maxLength="60" recordingStatusCallback="/recording"/>', "<Say>Dag</Say>")


def a_busy_product() -> tuple[Product, StandIn]:
    """A small product: rings two mobiles for each caller, connects the one that presses 1, takes messages on 2."""
    product = Product({"/hold": HOLD, "/done": twiml("<Say>Dank u</Say>"), "/after": twiml()})
    office = an_office(product, seed=7)
    client, todo = a_client(office), []

    def voice(params: dict[str, str]) -> str:
        if params["From"] == LINE:
            return twiml("<Reject/>")
        todo.append(("ring", params["CallSid"]))
        return HOLD

    def accept(params: dict[str, str]) -> str:
        if params["Digits"] != "1":
            return twiml()
        sid = office.exchange.calls[params["CallSid"]].callbacks.url.rpartition("=")[2]
        todo.append(("connect", sid))
        return CONFERENCE.format('endConferenceOnExit="true"').replace("room", sid)

    def work() -> None:
        while todo:
            what, sid = todo.pop()
            if what == "ring":
                for number in (ANN, BOB):
                    client.calls.create(to=number, from_=LINE, url=f"{BASE}/screen?c={sid}", timeout=15)
            elif office.exchange.calls[sid].status == "in-progress":
                client.calls(sid).update(url=f"{BASE}/connect")

    product.pages |= {"/webhooks/voice": voice, "/accept": accept, "/webhooks/voice/fallback": RECORD}
    product.pages["/screen"] = twiml('<Gather numDigits="1" timeout="6" action="/accept"><Say>Toets 1</Say></Gather>')
    product.pages["/connect"] = lambda params: CONFERENCE.format("").replace("room", params["CallSid"])
    product.pages["/pressed"] = lambda params: RECORD if params["Digits"] == "2" else HOLD
    office.sender.after_webhook.append(work)
    return product, office


def check_all_is_over(office: StandIn) -> None:
    assert not office.exchange.live
    assert all(call.ended_at and call.status in FINAL for call in office.calls)
    assert all(ring.end for ring in office.exchange.rings)
    assert not any(call.talking for call in office.calls)
    assert not office.exchange.conferences.by_name
    assert all(
        heard.at <= heard.until <= (call.ended_at or heard.until) for call in office.calls for heard in call.heard
    )
    inbound = [call for call in office.calls if call.direction == "inbound"]
    for call in inbound:
        assert [hook.kind for hook in call.webhooks].count("status") == 1


steps = st.builds(
    Step,
    do=st.sampled_from(["press", "hang_up"]),
    keys=st.sampled_from(["1", "2", "9", "#", "0612345678#"]),
    at_s=st.floats(0, 90) | st.none(),
    when=st.sampled_from(["say", "gather", "record", "conference", "talk", "ringback", "heard:Wacht"]),
    after_s=st.floats(0, 5),
)
callers = st.builds(
    CallerScript,
    number=st.sampled_from([SCHOOL, "+31302345678", None]),
    patience_s=st.floats(0, 300),
    steps=st.lists(steps, max_size=3).map(tuple),
    message_s=st.sampled_from([0, 0.5, 5, 100]),
    message_then=st.sampled_from(["waits", "hash", "hangs_up"]),
    talk_s=st.none() | st.floats(0, 200),
    again_after_s=st.none() | st.floats(0, 100),
)
phones = st.builds(
    PhoneScript,
    kind=st.sampled_from(["answers", "voicemail", "busy", "off", "unreachable", "declines", "no_answer", "forwards"]),
    after_s=st.floats(0, 20),
    steps=st.lists(steps, max_size=2).map(tuple),
    talk_s=st.floats(0, 200),
    forward_to=st.just(LINE),
    forwarded_form=st.sampled_from(["e164", "national", "absent"]),
)
scenarios = st.builds(
    Scenario,
    callers=st.lists(st.tuples(st.floats(0, 60), callers), min_size=1, max_size=3).map(tuple),
    phones=st.tuples(st.tuples(st.just(ANN), st.tuples(phones)), st.tuples(st.just(BOB), st.tuples(phones))),
)


@given(scenarios)
def test_whatever_people_do_every_call_ends(scenario: Scenario) -> None:
    _, office = a_busy_product()
    office.play(scenario, LINE)
    office.run_for(1200)
    office.settle()
    check_all_is_over(office)


MISBEHAVING = [
    FaultRule("duplicate", probability=0.1, seconds=3),
    FaultRule("delay", probability=0.1, seconds=20),
    FaultRule("drop", kind="leg*", probability=0.1),
    FaultRule("reorder", probability=0.2),
    FaultRule("error", probability=0.05, reaches=True),
]


def random_script(
    rng: Random, line: str, callers: tuple[str, ...], mobiles: tuple[str, ...], calls: int = 3
) -> Scenario:
    """A random scenario: `calls` callers within two minutes, and two scripts for each mobile."""
    return Scenario(
        callers=tuple((round(rng.uniform(0, 120), 1), random_caller(rng, callers)) for _ in range(calls)),
        phones=tuple((m, (random_phone(rng, line), random_phone(rng, line))) for m in mobiles),
    )


@pytest.mark.parametrize("seed", range(20))
def test_faults_do_not_leave_calls_behind(seed: int) -> None:
    _, office = a_busy_product()
    office.faults.rules.extend(MISBEHAVING)
    office.play(random_script(Random(seed), LINE, (SCHOOL, "+31302345678"), (ANN, BOB)), LINE)
    office.run_for(4000)
    office.settle()
    assert not office.exchange.live


def test_the_same_seed_gives_the_same_day() -> None:
    def day() -> list[tuple[str, str]]:
        product, office = a_busy_product()
        office.play(random_script(Random(3), LINE, (SCHOOL,), (ANN, BOB), calls=6), LINE)
        office.run_for(4000)
        return [(path, params.get("CallSid", "")) for path, params, _ in product.seen]

    assert day() == day()


SHAPE = CallShape(
    ((9 * 3600, 0.75), (10 * 3600, 0.25)), Quantiles((10.0, 60.0, 300.0)), Quantiles((5.0, 120.0)), 0.4, 600.0
)


def test_arrivals_follow_the_shape_of_the_day() -> None:
    moments = SHAPE.arrivals(Random(1), 4000)
    early = sum(at < 9.5 * 3600 for at in moments)
    assert moments == sorted(moments)
    assert 0.7 < early / 4000 < 0.8
    assert all(9 * 3600 <= at < 10.5 * 3600 for at in moments)


def test_quantiles_are_drawn_in_between() -> None:
    patience = SHAPE.patience
    assert [patience.at(share) for share in (0, 0.25, 0.5, 1)] == [10, 35, 60, 300]
    assert patience.at_most(60).at(1) == 60


def test_a_share_of_those_who_gave_up_rings_again_within_the_hour() -> None:
    rng = Random(5)
    pauses = [SHAPE.redial_after_s(rng) for _ in range(2000)]
    again = [pause for pause in pauses if pause is not None]
    assert 0.35 < len(again) / 2000 < 0.45
    assert all(15 <= pause <= 3600 for pause in again)


def test_a_crowd_rings_with_each_number_once_before_any_comes_twice() -> None:
    numbers = invented_numbers(Random(1), 40)
    found = crowd(Random(2), 40, 120, numbers, SHAPE)
    named = [script.number for _, script in found if script.number]
    assert len(set(named)) == len(named) > 30
    assert all(0 <= at <= 120 for at, _ in found)


class ADesk:
    """A desk with one callback, for which the consultant is rung first."""

    def __init__(self, office: StandIn) -> None:
        self.waiting = ["C1"]
        self.confirmed: list[tuple[str, str, bool]] = []
        self._client = a_client(office)

    def open_callbacks(self, consultant: str) -> list[str]:
        return self.waiting

    def press_call(self, consultant: str, callback: str) -> bool:
        self._client.calls.create(to=ANN, from_=LINE, url=f"{BASE}/back", timeout=15)
        return True

    def confirm(self, consultant: str, callback: str, spoke: bool) -> None:
        self.waiting.remove(callback)
        self.confirmed.append((consultant, callback, spoke))


def test_a_consultant_works_the_callbacks_with_one_press() -> None:
    product = Product({"/back": twiml('<Gather numDigits="1" action="/go"/>')})
    product.pages["/go"] = twiml(f'<Dial callerId="{LINE}">{SCHOOL}</Dial>')
    office = an_office(product)
    office.phone(SCHOOL).answers_after(5, talks_s=40)
    desk = ADesk(office)
    worker = CallbackWorker(office.world, office.phone(ANN), "AIS", desk, Random(1))
    office.run_for(1500)
    assert desk.confirmed == [("AIS", "C1", True)]
    assert worker.done == 1
