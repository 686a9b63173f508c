"""The page of one day's rota: who is on duty at which hour, who is absent, and where the gaps are."""

from datetime import timedelta

from flask import abort, render_template, request

from callcenter.web import formats
from callcenter.web.active_rota import required_rota
from callcenter.web.day_strip import day_strip
from callcenter.web.duty_now import on_duty_now
from callcenter.web.page import LEADS, Page, now, pages, read
from callcenter.web.rota.week_table import monday_of, week_name
from callcenter.web.typed import below, day_of

blueprint = pages("rota_day", LEADS)


@blueprint.get("/rooster/dag/<on>")
def day(on: str) -> Page:
    """One local day, written `2027-06-08`; the query's `hour` is marked. Another text, or no rota: 404."""
    chosen = day_of(on)
    if chosen is None:
        abort(404)
    rota, hour = required_rota(), below(24, request.args.get("hour", ""))
    today = formats.local(now()).date()
    return render_template(
        "rota_day.html",
        day=chosen,
        hour=hour,
        today=today,
        strip=day_strip(rota, chosen, now(), hour),
        on_duty=on_duty_now(read(), rota, now()) if chosen == today else [],
        week=week_name(monday_of(None, chosen)),
        before=chosen - timedelta(days=1),
        after=chosen + timedelta(days=1),
    )
