"""How often the two reachability alerts fire, by the thresholds of the rules file: offices with independent calls."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from callcenter.reachability.wilson import interval

RULES = Path(__file__).parents[2] / "grafana" / "prometheus" / "callcenter.rules.yml"
TARGET = 0.88
HOUR_S, DAY_S = 3600, 86_400
OPEN_S, LOOK_EVERY_S = int(8.5 * HOUR_S), 900
_SECONDS = {"m": 60, "h": HOUR_S, "d": DAY_S}
_BELOW = re.compile(
    r"reachability:high(\w+)\s+< on \(\) group_left \(\) "
    r"\(1 - ([\d.]+) \* \(1 - max\(callcenter_reachability_target_ratio\)\)\)"
)


def _seconds(text: str) -> int:
    return int(text[:-1]) * _SECONDS[text[-1]]


@dataclass(frozen=True)
class Rule:
    """An alert. below: windows in seconds, each with the share that the upper end must lie below; least: how many calls
    a day must have."""

    below: tuple[tuple[int, float], ...]
    least: int
    for_s: int
    keep_s: int


def _rule(name: str) -> Rule:
    (text,) = re.findall(rf"- alert: {name}\n(.*?)runbook:", RULES.read_text(), re.DOTALL)
    below = tuple((_seconds(window), 1 - float(factor) * (1 - TARGET)) for window, factor in _BELOW.findall(text))
    least = re.search(r"offered_calls:grown1d\) >= (\d+)", text)
    waits = dict(re.findall(r"^ +(for|keep_firing_for): (\w+)$", text, re.MULTILINE))
    assert "callcenter_line_open) == 1" in text
    assert "severity: ticket" in text
    return Rule(below, int(least[1]) if least else 0, _seconds(waits["for"]), _seconds(waits["keep_firing_for"]))


FALLING, LOW = _rule("CallcenterReachabilityFalling"), _rule("CallcenterReachabilityLow")


@dataclass(frozen=True)
class Calls:
    """The calls of an office. at_s: when each came, in order; answered: how many of the first n were answered."""

    at_s: list[float]
    answered: list[int]

    def within(self, since_s: float, until_s: float) -> tuple[int, int]:
        first, last = bisect_right(self.at_s, since_s), bisect_right(self.at_s, until_s)
        return self.answered[last] - self.answered[first], last - first


def _office(share: float, calls_an_hour: float, days: int, chance: Random) -> Calls:
    """Independent calls on working days of 8.5 hours, of which each is answered with the probability `share`."""
    calls = Calls([], [0])
    for day in _working(days):
        at_s = day * DAY_S + chance.expovariate(calls_an_hour / HOUR_S)
        while at_s < day * DAY_S + OPEN_S:
            calls.at_s.append(at_s)
            calls.answered.append(calls.answered[-1] + (chance.random() < share))
            at_s += chance.expovariate(calls_an_hour / HOUR_S)
    return calls


def _working(days: int) -> Iterator[int]:
    return (day for day in range(days) if day % 7 < 5)


def _tickets(rule: Rule, calls: Calls, days: int) -> list[float]:
    """When the alert begins to fire, in days. It is looked at while the line is open."""
    begun: list[float] = []
    true_since_s = ends_s = None
    for day in _working(days):
        true_since_s = None
        for now_s in range(day * DAY_S, day * DAY_S + OPEN_S, LOOK_EVERY_S):
            if not _is_true(rule, calls, now_s):
                true_since_s = None
                continue
            true_since_s = now_s if true_since_s is None else true_since_s
            if now_s - true_since_s >= rule.for_s:
                if ends_s is None or now_s > ends_s:
                    begun.append(now_s / DAY_S)
                ends_s = now_s + rule.keep_s
    return begun


def _is_true(rule: Rule, calls: Calls, now_s: int) -> bool:
    if calls.within(now_s - DAY_S, now_s)[1] < rule.least:
        return False
    for window_s, threshold in rule.below:
        if now_s < window_s:  # not covered yet
            return False
        answered_and_offered = interval(*calls.within(now_s - window_s, now_s))
        if answered_and_offered is None or answered_and_offered[1] >= threshold:
            return False
    return True


@pytest.mark.parametrize("calls_an_hour", [1, 2, 6, 10, 15])
def test_an_office_that_reaches_its_target_gets_less_than_one_ticket_a_month(calls_an_hour: int) -> None:
    days, offices = 28 * 6, 3
    tickets = sum(
        len(_tickets(rule, calls, days))
        for seed in range(offices)
        for calls in [_office(TARGET, calls_an_hour, days, Random(seed))]
        for rule in (FALLING, LOW)
    )
    assert tickets < offices * days / 28


@pytest.mark.parametrize("calls_an_hour", [2, 6, 10, 15])
def test_an_office_at_69_percent_gets_a_ticket_within_a_few_days(calls_an_hour: int) -> None:
    for seed in range(10):
        begun = _tickets(LOW, _office(0.69, calls_an_hour, 12, Random(seed)), 12)
        assert begun
        assert begun[0] < 5, seed


@pytest.mark.parametrize("calls_an_hour", [6, 10, 15])
def test_an_office_at_80_percent_is_called_falling_less_than_once_a_month(calls_an_hour: int) -> None:
    days, offices = 28 * 3, 3
    falls = [_tickets(FALLING, _office(0.80, calls_an_hour, days, Random(seed)), days) for seed in range(offices)]
    assert sum(map(len, falls)) < offices * days / 28


def test_each_rule_looks_at_two_windows() -> None:
    assert [[window_s for window_s, _ in rule.below] for rule in (FALLING, LOW)] == [
        [HOUR_S, 6 * HOUR_S],
        [6 * HOUR_S, DAY_S],
    ]
