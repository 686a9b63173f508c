"""The exported counters and histograms, with the label values that are exported as 0 from the start."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Literal

from callcenter.reachability import labels

Values = Sequence[str]
# Placeholders for values that depend on the installation: its lines, and the tiers of its policy.
LINES: Values = ("<lines>",)
TIERS: Values = ("<tiers>",)


@dataclass(frozen=True, slots=True)
class TotalMetric:
    """One counter or histogram whose total is stored in the database.

    zeros: the label values that are known beforehand; empty: they are not known. They are exported as 0 from the first
    scrape, since Prometheus's increase() misses the first value of a series.
    """

    name: str
    kind: Literal["counter", "histogram"]
    help: str
    zeros: Mapping[str, Values] = field(default_factory=dict)
    plain: bool = False  # one series, without labels

    def zero_labels(self, lines: Iterable[str], tiers: Iterable[str]) -> Iterator[dict[str, str]]:
        """Every set of labels that is known beforehand. lines, tiers: the installation's values."""
        if not self.zeros and not self.plain:
            return
        known = {"<lines>": list(lines), "<tiers>": list(tiers)}
        choices = [known.get(values[0], list(values)) for values in self.zeros.values()]
        for chosen in product(*choices):
            yield dict(zip(self.zeros, chosen, strict=True))


TOTALS: tuple[TotalMetric, ...] = (
    TotalMetric(
        "callcenter_calls_total",
        "counter",
        "Inbound calls whose outcome is fixed.",
        {"line": LINES, "group": labels.GROUPS, "outcome": labels.OUTCOMES, "hours": labels.HOURS},
    ),
    TotalMetric(
        "callcenter_offered_calls_total",
        "counter",
        "Calls that count in reachability: in opening hours, not rejected, not given up within the grace.",
        {"line": LINES, "group": labels.GROUPS},
    ),
    TotalMetric(
        "callcenter_offered_by_outcome_total",
        "counter",
        "Offered calls by how they ended; the outcomes add up to the offered calls.",
        {"line": LINES, "group": labels.GROUPS, "outcome": labels.OFFERED_OUTCOMES},
    ),
    TotalMetric(
        "callcenter_answered_calls_total",
        "counter",
        "Offered calls that a consultant took.",
        {"line": LINES, "group": labels.GROUPS},
    ),
    TotalMetric(
        "callcenter_answered_in_time_total",
        "counter",
        "Offered calls taken within the service level of their own rota version.",
        {"line": LINES},
    ),
    TotalMetric(
        "callcenter_call_wait_seconds",
        "histogram",
        "Waiting of offered calls, from the first second until connected, message or gone.",
        {"line": LINES, "result": ("answered", "unanswered")},
    ),
    TotalMetric("callcenter_call_talk_seconds", "histogram", "Length of talks with callers.", {"line": LINES}),
    TotalMetric(
        "callcenter_legs_total",
        "counter",
        "Our calls to consultants' mobiles that ended.",
        {"line": LINES, "tier": TIERS, "result": labels.LEG_RESULTS},
    ),
    TotalMetric(
        "callcenter_calls_not_advanced_total",
        "counter",
        "Hunts that ended in an error of ours: the caller was offered a message.",
        plain=True,
    ),
    TotalMetric(
        "callcenter_calls_limited_total",
        "counter",
        "Calls that a limit of the policy did not put through (keyed: no callback on a keyed number); none is refused.",
        {"limit": labels.CALL_LIMITS},
    ),
    TotalMetric(
        "callcenter_callbacks_created_total",
        "counter",
        "Promises to ring somebody back.",
        {"reason": labels.CALLBACK_REASONS},
    ),
    TotalMetric(
        "callcenter_callbacks_closed_total",
        "counter",
        "Callbacks that were closed, by how they ended and whether in time.",
        {"result": labels.CLOSED_CALLBACKS, "in_time": ("true", "false")},
    ),
    TotalMetric(
        "callcenter_callbacks_reopened_total",
        "counter",
        "Callbacks that were reopened, by how they had ended.",
        {"result": labels.CLOSED_CALLBACKS},
    ),
    TotalMetric(
        "callcenter_promises_total",
        "counter",
        "Times promised to callers that are kept or have passed.",
        {"line": LINES, "group": labels.GROUPS, "kept": ("true", "false")},
    ),
    TotalMetric(
        "callcenter_rescued_calls_total",
        "counter",
        "Calls to a consultant's own mobile that were forwarded to the line.",
        {"line": LINES, "group": labels.GROUPS},
    ),
    TotalMetric("callcenter_callback_age_seconds", "histogram", "Age of callbacks when they were closed.", plain=True),
    TotalMetric(
        "callcenter_recordings_lost_total",
        "counter",
        "Messages that could not be fetched from Twilio in three days.",
        plain=True,
    ),
    TotalMetric(
        "callcenter_survey_answers_total",
        "counter",
        "Answers to the one question afterwards.",
        {"group": labels.GROUPS, "answer": labels.SURVEY_ANSWERS},
    ),
    TotalMetric("callcenter_webhook_seconds", "histogram", "Time our answers to Twilio took."),
    TotalMetric(
        "callcenter_requests_refused_total",
        "counter",
        "Requests that no handler saw: too large, too slow, malformed, or too many at once.",
        {"reason": ("busy", "malformed", "too_large", "too_slow")},
    ),
    TotalMetric(
        "callcenter_webhooks_rejected_total",
        "counter",
        "Requests to webhooks that were refused.",
        {"reason": labels.WEBHOOK_REFUSALS},
    ),
    TotalMetric(
        "callcenter_webhook_replays_total", "counter", "Webhooks that came again and got the same answer.", plain=True
    ),
    TotalMetric(
        "callcenter_twilio_requests_total", "counter", "Requests to Twilio's REST API, by operation and result."
    ),
    TotalMetric(
        "callcenter_reconciled_calls_total", "counter", "Calls compared with Twilio's own list, by what was found."
    ),
)
