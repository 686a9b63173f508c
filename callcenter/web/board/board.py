"""The lead's board: whether the line is reachable now, and what needs action."""

from datetime import timedelta

from flask import redirect, render_template, url_for

from callcenter.notify.text_stops import consultants_stopped
from callcenter.reachability.causes import by_frequency
from callcenter.reachability.queries import today
from callcenter.reachability.unreached import unreached
from callcenter.web import formats
from callcenter.web.active_rota import rota
from callcenter.web.board.charts import bars
from callcenter.web.board.day_chart import allowed, bars_of, gaps_ahead, half_hours, weakest
from callcenter.web.board.queries import live_calls
from callcenter.web.callbacks.queries import callback_counts
from callcenter.web.duty_now import on_duty_now
from callcenter.web.live import answer as live
from callcenter.web.locale import current
from callcenter.web.page import LEADS, Page, now, pages, read, visitor

WIDE, NARROW = 720, 330

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
    found: dict[str, object] = {
        "live": live,
        "waiting": waiting,
        "talking": [call for call in live if call.state == "connected"],
        "counts": callback_counts(read(), instant),
        "day": formats.local(instant).date(),
    }
    if active is None:
        return found
    report = today(read(), active, instant)
    day = formats.local(instant).date()
    lost = unreached(read(), formats.midnight(day), formats.midnight(day + timedelta(days=1)))
    slots = half_hours(active, day, report, lost)
    levels = {"target": report.target}
    drawn = bars_of(slots, current())
    on_duty = on_duty_now(read(), active, instant)
    return found | {
        "report": report,
        "figures": report.total,
        "slots": slots,
        "charts": [bars(drawn, width, levels) for width in (WIDE, NARROW)],
        "on_duty": on_duty,
        "text_stopped": consultants_stopped(
            read(), {code: person.mobile for code, person in active.consultants.items()}
        ),
        "eligible": sum(person.eligible for person in on_duty),
        "allowed": allowed(report.total.offered, report.target),
        "causes": by_frequency(one.cause for one in lost),
        "weakest": weakest(slots, report.target),
        "gaps_ahead": gaps_ahead(active, instant),
        "tiers": [tier.name for tier in active.policy.hunt.tiers],
        "service_level_s": active.policy.figures.service_level_s,
    }
