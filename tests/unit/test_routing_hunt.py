"""The next move of a hunt: tables of states, and properties that always hold."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.rota.model import DEFAULT_TIERS, Tier
from callcenter.routing.hunt import MIN_RING_S, Hunt, Move, Ring, TakeMessage, Wait, next_move

NOW = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)
CAP = NOW + timedelta(seconds=90)
ANYONE = Tier("anyone", "anyone", 20, 3)
ONE_BY_ONE = Tier("anyone", "anyone", 60, 1)
NOBODY: Sequence[datetime | None] = ()
AN_EVENT: Sequence[datetime | None] = (None,)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def a_hunt(tier: int = -1, ends: float | None = None, **more: object) -> Hunt:
    values: dict[str, object] = {"order": (), "ringing": 0, "ringing_in_all": 0, "screening": 0, **more}
    return Hunt(tier=tier, tier_ends_at=None if ends is None else at(ends), deadline_at=CAP, **values)  # type: ignore[arg-type]


def step(
    hunt: Hunt,
    tiers: Sequence[Tier] = (ANYONE,),
    free: Mapping[str, Sequence[str]] | None = None,
    awaited: Sequence[datetime | None] = NOBODY,
    now: float = 0,
) -> Move:
    people = free or {}
    return next_move(hunt, tiers, lambda tier: people.get(tier.name, ()), lambda: awaited, at(now))


def test_the_first_tier_with_somebody_free_is_rung_and_empty_ones_cost_no_time() -> None:
    found = step(a_hunt(), DEFAULT_TIERS, {"anyone": ["A", "B"]})
    assert found == Ring(2, DEFAULT_TIERS[2], ("A", "B"), 3, at(20), starts=True)


def test_a_caller_waits_while_everybody_talks_and_is_not_sent_to_a_message() -> None:
    assert step(a_hunt(), awaited=AN_EVENT) == Wait(CAP, 1, 3)


def test_a_caller_waits_for_a_rest_that_ends_within_the_cap_until_it_ends() -> None:
    assert step(a_hunt(), awaited=[at(40)]) == Wait(at(40), 1, 3)


def test_a_hunt_ends_at_once_when_nobody_could_still_take_the_call() -> None:
    assert step(a_hunt(0, 20), now=6) == TakeMessage("exhausted")


def test_a_hunt_that_waits_for_a_talk_uses_its_whole_cap() -> None:
    assert step(a_hunt(1), awaited=AN_EVENT, now=86) == Wait(CAP, 1, 0)
    assert step(a_hunt(1, ringing_in_all=1), now=86) == Wait(CAP, 1, 0)
    assert step(a_hunt(1), awaited=AN_EVENT, now=90) == TakeMessage("cap")


def test_nobody_is_rung_for_less_than_five_seconds() -> None:
    assert isinstance(step(a_hunt(1), free={"anyone": ["A"]}, now=85), Ring)
    assert step(a_hunt(1), free={"anyone": ["A"]}, now=85.1) == TakeMessage("exhausted")


def test_whoever_comes_free_after_the_last_tier_is_rung_for_the_seconds_of_the_own_tier() -> None:
    found = step(a_hunt(4), DEFAULT_TIERS, {"region": ["A"], "anyone": ["A", "B"]}, now=50)
    assert found == Ring(4, DEFAULT_TIERS[1], ("A",), 3, at(70), starts=False)


def test_whoever_comes_free_in_a_running_tier_fills_its_free_place() -> None:
    found = step(a_hunt(0, 20, ringing=1, ringing_in_all=1), free={"anyone": ["C"]}, now=10)
    assert found == Ring(0, ANYONE, ("C",), 2, at(20), starts=False)


def test_the_order_of_a_tier_is_kept_and_who_came_free_since_comes_after() -> None:
    found = step(a_hunt(0, 60, order=("B", "C")), [ONE_BY_ONE], {"anyone": ["D", "C", "B"]}, now=5)
    assert isinstance(found, Ring)
    assert found.consultants == ("B", "C", "D")


def test_whoever_said_busy_since_the_tier_started_is_not_rung() -> None:
    found = step(a_hunt(0, 60, order=("B", "C")), [ONE_BY_ONE], {"anyone": ["C"]}, now=5)
    assert isinstance(found, Ring)
    assert found.consultants == ("C",)


def test_a_full_tier_rings_nobody_more_and_has_no_place() -> None:
    assert step(a_hunt(0, 60, ringing=1, ringing_in_all=1), [ONE_BY_ONE], {"anyone": ["C"]}) == Wait(at(60), 0, 0)


@pytest.mark.parametrize("tier", [1, 2, 3, 4, 9])
def test_a_hunt_goes_on_when_a_new_rota_has_fewer_tiers(tier: int) -> None:
    assert step(a_hunt(tier, 20), awaited=AN_EVENT, now=3) == Wait(CAP, 1, 3)
    assert step(a_hunt(tier, 20), now=3) == TakeMessage("exhausted")
    assert isinstance(step(a_hunt(tier, 20), free={"anyone": ["A"]}, now=3), Ring)


def test_a_hunt_in_a_policy_without_tiers_ends() -> None:
    assert step(a_hunt(2, 20), tiers=[], now=3) == TakeMessage("exhausted")


@given(
    tier=st.integers(-1, 6),
    ends=st.none() | st.integers(0, 90),
    ringing=st.integers(0, 3),
    screening=st.integers(0, 2),
    free=st.sets(st.sampled_from("ABCD")),
    waits=st.booleans(),
    now=st.integers(0, 100),
)
def test_a_hunt_never_ends_early_while_somebody_could_still_come(
    tier: int, ends: int | None, ringing: int, screening: int, free: set[str], waits: bool, now: int
) -> None:
    hunt = a_hunt(tier, ends, ringing=ringing, ringing_in_all=ringing, screening=screening)
    found = step(hunt, DEFAULT_TIERS, {"anyone": sorted(free)}, AN_EVENT if waits else NOBODY, now)
    in_time = now <= 90 - MIN_RING_S
    if isinstance(found, TakeMessage):
        assert now >= 90 or not ringing
        assert now >= 90 or not screening
        assert now >= 90 or not (waits or (in_time and free))
    if isinstance(found, Ring):
        assert set(found.consultants) <= free
        assert found.places > 0
        assert (found.until - at(now)).total_seconds() >= MIN_RING_S
        assert found.until <= CAP
    if isinstance(found, Wait):
        assert found.until <= CAP
        assert found.places >= 0


def test_a_tier_ends_at_its_own_instant_and_the_next_one_starts() -> None:
    hunt = a_hunt(1, 20, ringing=1, ringing_in_all=1)
    found = step(hunt, DEFAULT_TIERS, {"anyone": ["A"]}, now=20)
    assert found == Ring(2, DEFAULT_TIERS[2], ("A",), 3, at(40), starts=True)


def test_the_tiers_are_tried_one_after_the_other() -> None:
    free = {tier.name: ["A"] for tier in DEFAULT_TIERS}
    found = [step(a_hunt(before, None), DEFAULT_TIERS, free) for before in range(-1, len(DEFAULT_TIERS) - 1)]
    assert [ring.position for ring in found if isinstance(ring, Ring)] == list(range(len(DEFAULT_TIERS)))


@pytest.mark.parametrize(("now", "rung"), [(15, True), (15.1, False), (19, False)])
def test_a_tier_is_refilled_until_five_seconds_before_its_end(now: float, rung: bool) -> None:
    hunt = a_hunt(0, 20, ringing=1, ringing_in_all=1)
    found = step(hunt, free={"anyone": ["C"]}, now=now)
    assert found == (Ring(0, ANYONE, ("C",), 2, at(20), starts=False) if rung else Wait(at(20), 0, 0))


def test_no_more_mobiles_ring_for_a_caller_after_the_last_tier_than_the_policy_allows() -> None:
    free = {"anyone": ["D"]}
    assert step(a_hunt(1, ringing_in_all=3), free=free, now=30) == Wait(CAP, 1, 0)
    assert step(a_hunt(1, ringing_in_all=2), free=free, now=30) == Ring(1, ANYONE, ("D",), 1, at(50), starts=False)
    assert step(a_hunt(1, ringing_in_all=2), now=30) == Wait(CAP, 1, 1)


def test_a_policy_without_tiers_has_no_place_for_a_mobile() -> None:
    assert step(a_hunt(), tiers=[], awaited=AN_EVENT) == Wait(CAP, 0, 0)


def test_a_caller_does_not_wait_for_an_instant_that_is_past() -> None:
    assert step(a_hunt(1), awaited=[at(30), at(60)], now=30) == Wait(at(60), 1, 3)
    assert step(a_hunt(1), awaited=[at(30)], now=30) == Wait(CAP, 1, 3)


def test_a_caller_waits_for_the_answer_of_somebody_who_hears_who_calls() -> None:
    assert step(a_hunt(1, screening=1), now=30) == Wait(CAP, 1, 3)
