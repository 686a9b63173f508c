"""Twilio's requests come twice, late, out of order or not at all, and each call still has one outcome."""

from collections import defaultdict
from datetime import timedelta

import pytest

from callcenter.standin.faults import FaultKind, FaultRule
from callcenter.standin.people.scripts import PhoneScript, hang_up, press
from tests.support.invariants import breaches
from tests.support.town import LINE, SCHOOL, MakeTown, Town

EVENTS = ("leg-status", "status", "recording")
STORIES = ("answered", "voicemail", "missed", "abandoned", "callback_requested")


def live(town: Town, story: str) -> None:
    """One call of this kind, until after the sweep has checked lost ends and Twilio's list was reconciled."""
    if story == "answered":
        town.mobile("AIS").voicemail_after(1)
        town.answers("BRA", after=6)
        town.somebody().dials(LINE, talks=40)
    elif story == "voicemail":
        town.somebody().dials(LINE, message=8)
    elif story == "missed":
        town.somebody().dials(LINE)
    elif story == "abandoned":
        town.somebody().dials(LINE, patience=12)
    else:
        town.somebody().dials(LINE, script=[press("1", at_s=9)])
    town.live_until_all_is_mended()


def outcome_is(town: Town, story: str) -> None:
    assert town.call().outcome == story
    if story == "answered":
        assert town.call().answered_by == "BRA"
        assert town.call().talk_s == pytest.approx(40, abs=5)
        assert town.callbacks() == []
    else:
        (callback,) = town.callbacks()
        assert callback.reason == {"callback_requested": "requested"}.get(story, story)
    assert breaches(town) == []


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("after_s", [0, 2, 40])
def test_every_request_twice_gets_the_same_answer_and_changes_nothing(
    a_small_town: MakeTown, story: str, after_s: float
) -> None:
    town = a_small_town(faults=(FaultRule("duplicate", seconds=after_s),))
    live(town, story)

    outcome_is(town, story)
    answers = defaultdict(list)
    for webhook in town.webhooks():
        if webhook.kind != "media":
            answers[webhook.token].append((webhook.status, webhook.answer))
    assert all(len(given) == 2 and given[0] == given[1] for given in answers.values())
    assert town.totals("callcenter_webhook_replays_total") == len(answers)


@pytest.mark.parametrize("story", ["answered", "voicemail"])
def test_every_request_twice_on_both_databases(a_town: MakeTown, story: str) -> None:
    town = a_town(faults=(FaultRule("duplicate", seconds=1),))
    live(town, story)
    outcome_is(town, story)


@pytest.mark.parametrize("story", ["answered", "voicemail", "abandoned"])
@pytest.mark.parametrize("kind", EVENTS)
@pytest.mark.parametrize("fault", ["drop", "delay", "reorder"])
def test_an_event_lost_late_or_out_of_order_loses_nothing(
    a_small_town: MakeTown, fault: FaultKind, kind: str, story: str
) -> None:
    town = a_small_town(faults=(FaultRule(fault, kind=kind, seconds=30),))
    live(town, story)
    outcome_is(town, story)


@pytest.mark.parametrize("story", STORIES)
def test_no_event_at_all_ever_loses_nothing(a_small_town: MakeTown, story: str) -> None:
    town = a_small_town(faults=tuple(FaultRule("drop", kind=kind) for kind in EVENTS))
    live(town, story)
    outcome_is(town, story)


@pytest.mark.parametrize("kind", ["voice", "document", "action"])
@pytest.mark.parametrize("reaches", [True, False])
@pytest.mark.parametrize("fault", ["error", "timeout"])
def test_a_document_that_fails_once_goes_to_the_fallback_and_the_call_goes_on(
    a_small_town: MakeTown, fault: FaultKind, kind: str, reaches: bool
) -> None:
    town = a_small_town(faults=(FaultRule(fault, kind=kind, reaches=reaches, times=1),), on_duty=("AIS",))
    town.answers("AIS", after=17)
    town.somebody().dials(LINE, talks=20, script=[press("5", at_s=3)])
    town.live(tail_s=60)

    # A document that fails after 15 s may outlast the hunt. Then the caller hears that nobody could answer.
    assert town.call().outcome in ("answered", "missed") if fault == "timeout" else ("answered",)
    assert any("/webhooks/voice/fallback" in webhook.url for webhook in town.webhooks())
    assert len(town.calls()) == 1


@pytest.mark.parametrize("kind", ["document", "action", "*"])
@pytest.mark.parametrize(("number", "message"), [(SCHOOL, 8), (SCHOOL, 0), (None, 8)])
def test_addresses_that_fail_for_good_send_nobody_round_in_circles(
    a_small_town: MakeTown, kind: str, number: str | None, message: float
) -> None:
    town = a_small_town(faults=(FaultRule("error", path="/webhooks/call/*", kind=kind),), on_duty=("AIS",))
    caller = town.somebody(number).dials(LINE, message=message, then="waits")
    town.live_until_all_is_mended()

    assert caller.call.ended_at is not None
    assert caller.call.ended_at - caller.call.created_at < timedelta(minutes=2)
    assert town.call().outcome == ("voicemail" if message else "missed")
    assert len(town.callbacks()) == (1 if number or message else 0)
    assert breaches(town) == []


@pytest.mark.parametrize("kind", ["voice", "document", "action", "leg"])
def test_a_document_thirty_seconds_late_is_answered_in_vain_and_the_call_goes_on(
    a_small_town: MakeTown, kind: str
) -> None:
    town = a_small_town(faults=(FaultRule("delay", kind=kind, seconds=30, times=1),))
    town.answers("AIS", after=17)
    town.somebody().dials(LINE, talks=20, message=5, script=[press("5", at_s=3)])
    town.live(tail_s=120)

    assert town.call().outcome in ("answered", "voicemail")
    assert len(town.calls()) == 1
    assert town.standin.double_rings() == []


def test_a_wrong_signature_is_refused_counted_and_writes_nothing(a_town: MakeTown) -> None:
    town = a_town(faults=(FaultRule("wrong_signature"),))
    caller = town.somebody().dials(LINE)
    town.live(tail_s=60)

    assert town.calls() == []
    assert {webhook.status for webhook in caller.webhooks} == {403}
    assert town.totals("callcenter_webhooks_rejected_total") == len(caller.webhooks)
    assert town.totals("callcenter_calls_total") == 0


def test_a_forged_first_request_still_leaves_a_message_by_the_fallback(a_small_town: MakeTown) -> None:
    town = a_small_town(faults=(FaultRule("wrong_signature", kind="voice"),))
    town.answers("AIS")
    town.somebody().dials(LINE, talks=20)
    town.live()

    assert town.call().outcome == "answered"


def test_the_end_of_a_call_may_come_before_its_beginning(a_small_town: MakeTown) -> None:
    town = a_small_town(faults=(FaultRule("delay", kind="voice", seconds=5),))
    caller = town.somebody().dials(LINE, patience=1)
    town.live(tail_s=60)

    call = town.call()
    assert [webhook.kind for webhook in caller.webhooks] == ["status", "voice"]
    assert call.outcome == "abandoned"
    assert town.offers() == []
    assert [callback.reason for callback in town.callbacks()] == ["abandoned"]
    assert breaches(town) == []


def test_a_caller_whose_consultant_left_unnoticed_is_not_left_alone_for_ever(a_small_town: MakeTown) -> None:
    # The consultant is gone before the caller joins, the event about it is lost, and Twilio refuses the check.
    town = a_small_town(faults=(FaultRule("rest_error", kind="fetch-call", times=3),), on_duty=("BRA",))
    lost = FaultRule("drop", kind="leg-status")
    town.mobile("BRA").when_over(lambda _leg: town.standin.faults.add(lost))
    leaves = (press("1", at_s=2), hang_up(at_s=2.1))
    town.mobile("BRA").follows(PhoneScript(after_s=4, steps=leaves), PhoneScript("no_answer"))
    town.lived.turns(sweep=10)
    town.somebody().dials(LINE)
    town.live(tail_s=30)
    call = town.call()
    assert call.outcome == "missed"
    assert call.ended_at is not None
    assert call.ended_at - call.received_at < timedelta(minutes=4)
