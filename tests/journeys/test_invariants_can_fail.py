"""Each invariant of turn and patience detects a violation made by hand, and reports nothing without one."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from callcenter.callbacks.records import Callback
from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.calls.records import CallDecision, Voicemail
from callcenter.calls.stages import LegResult
from tests.support import in_turn
from tests.support.random_calls import ONE_BY_ONE
from tests.support.town import LINE, TUESDAY_MORNING, MakeTown, Town

OTHER = "+31201234567"


def at(seconds: float) -> datetime:
    """The instant this many seconds after the first caller."""
    return TUESDAY_MORNING + timedelta(seconds=seconds)


def two_callers(a_small_town: MakeTown) -> Town:
    """One consultant talks with the first caller; the second, ten seconds later, leaves a message."""
    town = a_small_town(on_duty=("AIS",), policy=ONE_BY_ONE)
    town.answers("AIS", after=3)
    town.somebody().dials(LINE, talks=120)
    town.somebody(OTHER).dials(LINE, after=10, message=8)
    town.live()
    return town


def put(town: Town, call: Call, consultant: str, from_s: float, until_s: float, result: LegResult) -> None:
    """Insert a leg."""
    with town.sessions.begin() as session:
        session.add(
            Leg(
                call_id=call.id,
                consultant=consultant,
                tier="anyone",
                kind="rest",
                state="ended",
                offered_at=at(from_s),
                initiated_at=at(from_s),
                ring_timeout_s=20,
                expires_at=at(until_s),
                ended_at=at(until_s),
                result=result,
            )
        )


def waiting(town: Town, call: Call, since_s: float, until_s: float) -> None:
    """A call that waited this many seconds for all colleagues, made by hand: no mobile rang for it."""
    with town.sessions.begin() as session:
        stored = session.get_one(Call, call.id)
        stored.received_at, stored.deadline_at = at(since_s), at(since_s + 90)
        stored.message_at = stored.ended_at = at(until_s)
        stored.accepted_at = stored.connected_at = None
        for decision in session.scalars(select(CallDecision).where(CallDecision.call_id == call.id)):
            session.delete(decision)
        for leg in session.scalars(select(Leg).where(Leg.call_id == call.id)):
            session.delete(leg)
        reasons = [{"consultant": "AIS", "reason": "on_call"}]
        session.add(CallDecision(call_id=call.id, at=at(since_s), title="anyone", reasons=reasons))
        session.add(CallDecision(call_id=call.id, at=at(until_s), title="message: exhausted", reasons=reasons))


def seen(check: Callable[[Town], Iterable[str]], town: Town) -> int:
    return len(list(check(town)))


# No talk is interrupted


def test_a_talk_that_we_end_is_seen_and_one_that_we_mend_is_not(a_small_town: MakeTown) -> None:
    town = a_small_town(on_duty=("AIS",))
    town.answers("AIS", after=3)
    caller = town.somebody().dials(LINE)
    town.standin.run_for(20)
    assert caller.call.talking
    assert seen(in_turn.torn_talks, town) == 0
    town.lived.twilio.end_call(caller.sid)
    town.live()
    assert seen(in_turn.torn_talks, town) == 1

    town.standin.exchange.talks.torn[0].how = "redirect"
    town.standin.exchange.talks.torn[0].mended_at = town.standin.exchange.talks.torn[0].at + timedelta(seconds=1)
    assert seen(in_turn.torn_talks, town) == 0


# No hunt ends while a colleague could come free


@pytest.mark.parametrize(("free_after_s", "breach"), [(9, 1), (40, 1), (80, 0), (200, 0)])
def test_a_caller_given_up_before_the_only_colleague_came_free_is_seen(
    a_small_town: MakeTown, free_after_s: float, breach: int
) -> None:
    town = two_callers(a_small_town)
    first, second = town.calls()
    waiting(town, second, 10, 15)
    with town.sessions.begin() as session:
        (held,) = session.scalars(select(Leg).where(Leg.call_id == first.id))
        held.accepted_at, held.result, held.ended_at = None, LegResult.DECLINED, at(15 + free_after_s)
    # The hunt ended at 15 s, with the cap at 100 s. A consultant must be free some seconds before that to be rung.
    assert seen(in_turn.given_up, town) == breach


@pytest.mark.parametrize(
    "spoil",
    [
        lambda town, call: put(town, call, "AIS", 10, 12, LegResult.DECLINED),  # was rung, and declined
        lambda town, call: town.spoken_for.add("AIS"),
        lambda town, call: town.loaded_at.append(at(20)),
    ],
)
def test_a_caller_given_up_for_a_reason_is_no_breach(
    a_small_town: MakeTown, spoil: Callable[[Town, Call], object]
) -> None:
    town = two_callers(a_small_town)
    first, second = town.calls()
    waiting(town, second, 10, 15)
    with town.sessions.begin() as session:
        (held,) = session.scalars(select(Leg).where(Leg.call_id == first.id))
        held.accepted_at, held.result, held.ended_at = None, LegResult.DECLINED, at(30)
    assert seen(in_turn.given_up, town) == 1
    spoil(town, second)
    assert seen(in_turn.given_up, town) == 0


# First come, first served


def test_a_colleague_rung_for_the_younger_of_two_is_seen(a_small_town: MakeTown) -> None:
    town = two_callers(a_small_town)
    first, second = town.calls()
    waiting(town, first, 0, 60)
    waiting(town, second, 10, 60)
    assert seen(in_turn.out_of_turn, town) == 0
    put(town, second, "AIS", 30, 40, LegResult.DECLINED)
    assert seen(in_turn.out_of_turn, town) == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda town, call: put(town, call, "AIS", 2, 5, LegResult.DECLINED),  # declined the older caller
        lambda town, call: put(town, call, "BRA", 25, 45, LegResult.NO_ANSWER),  # the older has a ring
        lambda town, call: waiting(town, call, 0, 29),  # the older caller had hung up by then
        lambda town, call: town.spoken_for.add("AIS"),
    ],
)
def test_a_colleague_rung_for_the_younger_for_a_reason_is_no_breach(
    a_small_town: MakeTown, spoil: Callable[[Town, Call], object]
) -> None:
    town = two_callers(a_small_town)
    first, second = town.calls()
    waiting(town, first, 0, 60)
    waiting(town, second, 10, 60)
    put(town, second, "AIS", 30, 40, LegResult.DECLINED)
    assert seen(in_turn.out_of_turn, town) == 1
    spoil(town, first)
    assert seen(in_turn.out_of_turn, town) == 0


def test_a_schools_own_consultant_serves_it_first_while_the_other_has_not_waited_long(a_small_town: MakeTown) -> None:
    town = a_small_town(on_duty=("AIS",), policy="")
    town.somebody().dials(LINE, patience=5)
    town.somebody(OTHER).dials(LINE, after=10, patience=5)
    town.live()
    first, second = town.calls()
    for rung_at_s, breach in ((10 + 5.0, 0), (40.0, 1)):
        waiting(town, first, 0, 80)
        waiting(town, second, 10, 80)
        with town.sessions.begin() as session:
            session.get_one(Call, second.id).preferred = "AIS"
        put(town, second, "AIS", rung_at_s, 60, LegResult.DECLINED)
        assert seen(in_turn.out_of_turn, town) == breach


# No message closed unheard, nobody rung twice


def test_a_callback_closed_with_a_message_that_nobody_heard_is_seen(a_small_town: MakeTown) -> None:
    town = two_callers(a_small_town)
    (callback,) = town.callbacks()
    assert seen(in_turn.closed_unheard, town) == 0
    with town.sessions.begin() as session:
        assert session.scalar(select(Voicemail)) is not None
        session.get_one(Callback, callback.id).state = "resolved"
    assert seen(in_turn.closed_unheard, town) == 1


@pytest.mark.parametrize(
    ("earlier", "breach"), [(LegResult.DECLINED, 1), (LegResult.CANCELLED, 0), (LegResult.FAILED, 0)]
)
def test_a_colleague_rung_twice_in_one_hunt_is_seen(a_small_town: MakeTown, earlier: LegResult, breach: int) -> None:
    town = two_callers(a_small_town)
    put(town, town.calls()[0], "AIS", 1, 2, earlier)
    assert seen(in_turn.rung_twice, town) == breach


def test_a_caller_turned_away_as_if_a_leg_of_ours_is_seen_and_our_own_leg_is_not(a_small_town: MakeTown) -> None:
    town = a_small_town(on_duty=("AIS",))
    town.mobile("AIS").forwards_to(LINE, after=3)
    town.somebody().dials(LINE, patience=12)
    town.live()
    caller, leg = town.calls()
    assert leg.outcome == "rejected"
    assert seen(in_turn.turned_away, town) == 0
    with town.sessions.begin() as session:
        session.get_one(Call, caller.id).outcome = "rejected"
    assert seen(in_turn.turned_away, town) == 1
