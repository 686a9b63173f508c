"""The dashboard Reachability, for the team lead: is the office as reachable as it wants to be?"""

from grafana_foundation_sdk.builders import dashboard as builders

from grafana.board import board
from grafana.panels import (
    BAD,
    BRAND,
    GOOD,
    LINES,
    OUTCOME_COLOURS,
    WARN,
    Panel,
    Series,
    bars,
    cells,
    figure,
    grown,
    lines,
    quantile,
    share,
    with_marks,
)

OFFERED = f"callcenter_offered_calls_total{{{LINES}}}"
ANSWERED = f"callcenter_answered_calls_total{{{LINES}}}"
IN_TIME = f"callcenter_answered_in_time_total{{{LINES}}}"
CALLS = f'callcenter_calls_total{{{LINES},hours="open"}}'
LEGS = f"callcenter_legs_total{{{LINES}}}"
WAIT = "callcenter_call_wait_seconds"
WAIT_CELLS = f"{WAIT}_bucket{{{LINES}}}"
CLOSED = 'callcenter_callbacks_closed_total{result!="cancelled"}'
KEPT = 'callcenter_callbacks_closed_total{result!="cancelled",in_time="true"}'
SAID = "callcenter_survey_answers_total"
SAID_YES = 'callcenter_survey_answers_total{answer="yes"}'
PRESENT = f'callcenter_consultants{{{LINES},state=~"on_duty|available|talking|paused"}}'
CHOSEN, STEP = "$__range", "$__interval"
# A share of fewer than ten says nothing (docs/pages.md).
ENOUGH = 10
_Z = 1.959964


def reachability(window: str, by: str = "") -> str:
    """The query of answered out of offered calls in a window, of all or by a label."""
    grouped = f"sum by ({by})" if by else "sum"
    return share(f"{grouped} ({grown(ANSWERED, window)})", f"{grouped} ({grown(OFFERED, window)})")


def survey(part: str) -> str:
    """The query of the share of yes, or of an end of its Wilson interval (`low`, `high`); absent below ten answers."""
    n = f"(sum({grown(SAID, CHOSEN)}) >= {ENOUGH})"
    p = f"(sum({grown(SAID_YES, CHOSEN)}) / {n})"
    if part == "share":
        return p
    sign, square = "-" if part == "low" else "+", _Z * _Z
    half = f"{_Z} * sqrt({p} * (1 - {p}) / {n} + {square / 4:.6f} / {n} ^ 2)"
    return f"({p} + {square / 2:.6f} / {n} {sign} {half}) / (1 + {square:.6f} / {n})"


def dashboard() -> builders.Dashboard:
    """The dashboard Reachability."""
    return board(
        "callcenter-reachability",
        "Reachability",
        "How many of the calls in opening hours a consultant took, beside 88% (2015) and 69% (2022).",
        (*_chosen_time(), *_history(), *_behind_it()),
    )


def _chosen_time() -> tuple[Panel, ...]:
    return (
        figure(
            "Reachability",
            "Answered out of offered calls in the chosen time. Red below 69%, green from 88%.",
            "percentunit",
            [Series(reachability(CHOSEN), "reachability")],
            ((None, BAD), (0.69, WARN), (0.88, GOOD)),
            1,
        ),
        figure(
            "Offered and answered",
            "The two halves of reachability: calls in opening hours that count, and those a consultant took.",
            "short",
            [
                Series(f"sum({grown(OFFERED, CHOSEN)})", "offered"),
                Series(f"sum({grown(ANSWERED, CHOSEN)})", "answered"),
            ],
        ),
        figure(
            "Within the service level",
            "Offered calls that a consultant took within the policy's seconds (30 unless chosen otherwise).",
            "percentunit",
            [Series(share(f"sum({grown(IN_TIME, CHOSEN)})", f"sum({grown(OFFERED, CHOSEN)})"), "in time")],
        ),
        figure(
            "Waiting",
            "How long half of the callers and nine in ten waited at most, until connected, message or gone.",
            "s",
            [Series(quantile(0.5, WAIT, CHOSEN), "half"), Series(quantile(0.9, WAIT, CHOSEN), "nine in ten")],
        ),
        figure(
            "Callbacks in time",
            "Promises kept before the time we named, out of all that were closed and not cancelled.",
            "percentunit",
            [Series(share(f"sum({grown(KEPT, CHOSEN)})", f"sum({grown(CLOSED, CHOSEN)})"), "in time")],
        ),
        figure(
            "Survey: well reachable",
            "Share of yes to the one question afterwards, with its 95% interval; shown from ten answers on.",
            "percentunit",
            [Series(survey("low"), "low"), Series(survey("share"), "yes"), Series(survey("high"), "high")],
        ),
    )


def _history() -> tuple[Panel, ...]:
    rolling = lines(
        "Reachability, the last day, week and four weeks",
        "Rolling: each point looks back over its window. Solid: 88% in 2015, dashed: 69% in 2022.",
        "percentunit",
        [
            Series(reachability("1d"), "day"),
            Series(reachability("7d"), "week"),
            Series(reachability("28d"), "four weeks"),
        ],
        {"day": "#5b8fc7", "week": BRAND, "four weeks": GOOD},
        24,
        1,
    )
    by_group = lines(
        "Reachability by kind of caller",
        "The last day, for schools, partners, parents, youth and unknown numbers.",
        "percentunit",
        [Series(reachability("1d", "group"), "{{group}}")],
        most=1,
    )
    outcomes = bars(
        "What callers met",
        "Calls in opening hours by how they ended.",
        "short",
        [Series(f"sum by (outcome) ({grown(CALLS, STEP)})", "{{outcome}}")],
        OUTCOME_COLOURS,
    )
    return with_marks(rolling), outcomes, with_marks(by_group)


def _behind_it() -> tuple[Panel, ...]:
    return (
        cells(
            "How long callers waited",
            "How many callers waited how long, until connected, message or gone.",
            "s",
            f"sum by (le) ({grown(WAIT_CELLS, STEP)})",
        ),
        bars(
            "Our calls to consultants",
            "What became of each mobile we rang; voicemail: picked up, and nobody pressed 1.",
            "short",
            [Series(f"sum by (result) ({grown(LEGS, STEP)})", "{{result}}")],
            {"accepted": BRAND, "voicemail": "#5b8fc7", "no_answer": "#b87a10", "declined": BAD},
        ),
        lines(
            "Callers and consultants now",
            "Callers in each stage, and consultants who are on duty, free, talking or paused.",
            "short",
            [
                Series(f"sum by (state) (callcenter_calls_in_progress{{{LINES}}})", "calls {{state}}"),
                Series(f"max by (state) ({PRESENT})", "consultants {{state}}"),
            ],
        ),
        lines(
            "Promises",
            "Callbacks still to be kept, and those whose time has passed.",
            "short",
            [
                Series('sum(callcenter_callbacks{state=~"open|claimed"})', "to be kept"),
                Series("max(callcenter_callbacks_overdue)", "overdue"),
            ],
            {"to be kept": BRAND, "overdue": BAD},
        ),
    )
