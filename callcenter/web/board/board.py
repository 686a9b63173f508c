"""The lead's board: whether the line is reachable now, and what needs action."""

from datetime import datetime, timedelta

from flask import redirect, render_template, url_for

from callcenter.notify.text_stops import consultants_stopped
from callcenter.reachability.causes import by_frequency
from callcenter.reachability.queries import today
from callcenter.reachability.unreached import unreached
from callcenter.rota.model import Rota
from callcenter.web import formats
from callcenter.web.active_rota import rota
from callcenter.web.board.answered import answered, unanswered
from callcenter.web.board.charts import bars, line, parts_of
from callcenter.web.board.day_chart import allowed, bars_of, half_hours, so_far, weakest
from callcenter.web.board.queries import live_calls
from callcenter.web.callbacks.queries import callback_counts
from callcenter.web.comparison import levels
from callcenter.web.duty_now import on_duty_now
from callcenter.web.live import answer as live
from callcenter.web.locale import current
from callcenter.web.page import LEADS, Page, now, pages, read, visitor

WIDE, NARROW, SPARK = 1200, 330, 300

blueprint = pages("board")


@blueprint.get("/")
def board() -> Page:
    """The board for a lead. A consultant is redirected to the own page."""
    if visitor().role not in LEADS:
        return redirect(url_for("mine.mine"))
    return render_template("board.html", **live.shared(f"board {current()}", _shown))


def _shown() -> dict[str, object]:
    """The template's values. Without a rota they are the calls and the callbacks only."""
    active, instant = rota(), now()
    live = live_calls(read())
    waiting = [call for call in live if call.state == "ringing"]
    counts = callback_counts(read(), instant)
    found: dict[str, object] = {
        "live": live,
        "waiting": waiting,
        "talking": [call for call in live if call.state == "connected"],
        "counts": counts,
        "day": formats.local(instant).date(),
    }
    if active is None:
        return found | unanswered(instant)
    on_duty = on_duty_now(read(), active, instant)
    return (
        found
        | answered(active, instant, on_duty, waiting, counts)
        | _today(active, instant)
        | {
            "on_duty": on_duty,
            "text_stopped": consultants_stopped(
                read(), {code: person.mobile for code, person in active.consultants.items()}
            ),
            "eligible": sum(person.eligible for person in on_duty),
            "tiers": [tier.name for tier in active.policy.hunt.tiers],
            "service_level_s": active.policy.figures.service_level_s,
        }
    )


def _today(active: Rota, instant: datetime) -> dict[str, object]:
    """The figures of today so far, their charts, and when and why callers reached nobody."""
    day = formats.local(instant).date()
    report = today(read(), active, instant)
    lost = unreached(read(), formats.midnight(day), formats.midnight(day + timedelta(days=1)))
    slots = half_hours(active, day, report, lost)
    drawn, shares = bars_of(slots, current()), so_far(slots, instant)
    beside = [(one.kind, one.short, one.share) for one in levels(report.target, report.baseline)]
    return {
        "report": report,
        "figures": report.total,
        "slots": slots,
        "charts": [bars(drawn, width) for width in (WIDE, NARROW)],
        "parts": parts_of(report.total.outcomes),
        "so_far": line(shares, beside, SPARK, 84, axis=False) if any(one.share is not None for one in shares) else None,
        "allowed": allowed(report.total.offered, report.target),
        "causes": by_frequency(one.cause for one in lost),
        "weakest": weakest(slots, report.target),
    }
