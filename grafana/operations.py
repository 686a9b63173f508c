"""The dashboard Operations, for the administrator: does the installation do its work?"""

from grafana_foundation_sdk.builders import dashboard as builders

from grafana.board import board
from grafana.panels import BAD, BRAND, GOOD, LINES, WARN, Panel, Series, bars, figure, grown, lines, quantile

_STEP, _SMOOTH = "$__interval", "$__rate_interval"
_FAULT = ((None, GOOD), (1, BAD))


def dashboard() -> builders.Dashboard:
    """The dashboard Operations."""
    return board(
        "callcenter-operations",
        "Operations",
        "Webhooks, orders to Twilio, jobs of the clock and the rota: what keeps the line working.",
        (*_at_a_glance(), *_over_time()),
    )


def _at_a_glance() -> tuple[Panel, ...]:
    return (
        figure(
            "Line open",
            "1 while the line is open by the rota in force.",
            "short",
            [Series(f"max(callcenter_line_open{{{LINES}}})", "open")],
        ),
        figure(
            "Unanswered without callback",
            "Calls nobody took, from a caller with a number, that no callback was made for. Must be 0.",
            "short",
            [Series("max(callcenter_unanswered_without_callback)", "calls")],
            _FAULT,
        ),
        figure(
            "Callbacks overdue",
            "Promises whose time has passed.",
            "short",
            [Series("max(callcenter_callbacks_overdue)", "overdue")],
            ((None, GOOD), (1, WARN), (5, BAD)),
        ),
        figure(
            "Rota refused",
            "1 after a rota was refused: the last good one is still in force.",
            "short",
            [Series("max(callcenter_rota_load_failed)", "refused")],
            _FAULT,
        ),
        figure(
            "Gaps in the next 7 days",
            "Opening time with too few people planned.",
            "s",
            [Series(f"max(callcenter_rota_gap_seconds{{{LINES}}})", "gap")],
            ((None, GOOD), (1, WARN)),
        ),
        figure(
            "Oldest order",
            "For how long the oldest order to Twilio or a channel has been due. Seconds are normal, minutes are not.",
            "s",
            [Series("max(callcenter_outbox_oldest_seconds)", "oldest")],
            ((None, GOOD), (30, WARN), (120, BAD)),
        ),
    )


def _over_time() -> tuple[Panel, ...]:
    seconds = "callcenter_webhook_seconds"
    return (
        bars(
            "Answers to Twilio",
            "Webhooks answered, by HTTP status.",
            "short",
            [Series(f"sum by (status) ({grown(f'{seconds}_count', _STEP)})", "{{status}}")],
            {"200": BRAND, "204": "#5b8fc7", "500": BAD},
        ),
        lines(
            "Time our answers took",
            "Half and 95% of the webhooks were answered within this time. Callers hear silence meanwhile.",
            "s",
            [Series(quantile(0.5, seconds, _SMOOTH, ""), "half"), Series(quantile(0.95, seconds, _SMOOTH, ""), "95%")],
            {"half": BRAND, "95%": WARN},
        ),
        bars(
            "Webhooks refused and repeated",
            "Refused: not signed by Twilio. Repeated: came again and got the same answer.",
            "short",
            [
                Series(f"sum by (reason) ({grown('callcenter_webhooks_rejected_total', _STEP)})", "{{reason}}"),
                Series(f"sum({grown('callcenter_webhook_replays_total', _STEP)})", "repeated"),
            ],
            {"signature": BAD, "unsigned": WARN, "repeated": "#5b8fc7"},
        ),
        bars(
            "Requests that no handler saw",
            "Too large, too slow, malformed, or too many at once. Calls go on.",
            "short",
            [Series(f"sum by (reason) ({grown('callcenter_requests_refused_total', _STEP)})", "{{reason}}")],
            {"busy": BAD, "too_slow": WARN, "too_large": WARN, "malformed": "#5b8fc7"},
        ),
        bars(
            "Requests to Twilio",
            "Orders carried out through Twilio's REST API, and those that failed.",
            "short",
            [Series(f"sum by (result) ({grown('callcenter_twilio_requests_total', _STEP)})", "{{result}}")],
            {"ok": BRAND, "failed": BAD},
        ),
        bars(
            "Callers held back by a limit",
            "Not put through: they left a message or asked for a callback. Keyed: no callback on a number keyed in.",
            "short",
            [Series(f"sum by (limit) ({grown('callcenter_calls_limited_total', _STEP)})", "{{limit}}")],
            {"number": BRAND, "contact": BAD, "colleagues": BAD},
        ),
        lines(
            "Our calls of the last hour",
            "To callers, by one press, and to colleagues' mobiles; as a share of the policy's limit.",
            "percentunit",
            [
                Series(
                    "max by (to) (callcenter_outgoing_calls) / max by (to) (callcenter_outgoing_calls_limit)", "{{to}}"
                )
            ],
        ),
        lines(
            "Orders waiting",
            "What is still to be done outside: legs to place, calls to connect, messages to send.",
            "short",
            [Series('sum by (kind) (callcenter_outbox_messages{state=~"queued|taken"}) or vector(0)', "{{kind}}")],
        ),
        lines(
            "Orders given up",
            "In the last 24 hours: refused to the end (failed), or never taken in their time (expired).",
            "short",
            [
                Series(
                    'sum by (kind, state) (callcenter_outbox_messages{state=~"failed|expired"}) or vector(0)',
                    "{{kind}} {{state}}",
                )
            ],
        ),
        lines(
            "Messages that reached nobody",
            "Texts to consultants and messages to the team lead: given up in the last day, or failing for 15 minutes.",
            "short",
            [Series("max by (kind) (callcenter_messages_untold)", "{{kind}}")],
        ),
        lines(
            "Since each job last did its work",
            "The clock's jobs; `/readyz` says which one is too old.",
            "s",
            [Series("time() - max by (job) (callcenter_job_last_success_timestamp_seconds)", "{{job}}")],
        ),
        lines(
            "Calls known only from Twilio's list",
            "What reconciliation found: calls that came in while we were down.",
            "short",
            [Series("sum by (result) (callcenter_reconciled_calls_total) or vector(0)", "{{result}}")],
        ),
        lines(
            "Hosts that answer",
            "1 for each host Prometheus reaches, by release.",
            "short",
            [Series("count by (version) (callcenter_build_info)", "{{version}}")],
        ),
    )
