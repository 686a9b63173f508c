"""The office wall: whether the line is open and reachable, for everybody who passes. No name and no number."""

from datetime import datetime

from flask import Response, render_template
from werkzeug.wrappers import Response as BaseResponse

from callcenter.access.wall_links import note_use, open_link
from callcenter.reachability.queries import today
from callcenter.rota.hours import closes_at, next_opening
from callcenter.rota.model import Rota
from callcenter.web import formats
from callcenter.web.active_rota import rota
from callcenter.web.board.answer import Situation, answer
from callcenter.web.board.queries import LiveCall, live_calls
from callcenter.web.callbacks.queries import callback_counts
from callcenter.web.duty_now import OnDutyNow, on_duty_now
from callcenter.web.live import answer as live
from callcenter.web.locale import current
from callcenter.web.page import Page, now, pages, read, writing

# They come free by themselves.
_ON_A_CALL = ("talking", "ringing", "wrap_up")

blueprint = pages("wall", public=("screen",))


@blueprint.get("/wand")
def wall() -> Page:
    """The wall, for somebody who is logged in."""
    return _wall()


@blueprint.get("/wand/<secret>")
def screen(secret: str) -> Page:
    """The wall on a screen without a login. The secret in the address is that of a link (access/wall_links.py).

    An unknown and a revoked one are answered alike, with 404.
    """
    live.begin()
    link = open_link(read(), now(), secret)
    if link is None:
        return Response(render_template("wall_over.html"), 404)
    if link.is_to_be_noted:
        with writing() as session:
            note_use(session, now(), link.id)
    return live.unless_changed(now(), f"wall {current()}") or _wall()


@blueprint.after_request
def keep_to_itself(response: BaseResponse) -> BaseResponse:
    """No search engine lists the wall, and no other site learns its address."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _wall() -> Page:
    return render_template("wall.html", **live.shared("wall", _shown))


def _shown() -> dict[str, object]:
    """The template's values. Without a rota they are the calls and the callbacks only."""
    active, instant = rota(), now()
    waiting = [call for call in live_calls(read()) if call.state == "ringing"]
    overdue = callback_counts(read(), instant).overdue
    if active is None:
        shown = answer(Situation(open=None))
        return {"state": shown.state, "tone": shown.tone, "waiting": waiting, "overdue": overdue}
    on_duty = on_duty_now(read(), active, instant)
    until = closes_at(active, instant)
    opens = next_opening(active, instant) if until is None else None
    situation = _situation(active, on_duty, waiting, until, opens)
    shown = answer(situation)
    return {
        "state": shown.state,
        "tone": shown.tone,
        "situation": situation,
        "on_duty": len(on_duty),
        "waiting": waiting,
        "until": until,
        "opens": opens,
        "overdue": overdue,
        "report": today(read(), active, instant),
    }


def _situation(
    active: Rota, on_duty: list[OnDutyNow], waiting: list[LiveCall], until: datetime | None, opens: datetime | None
) -> Situation:
    """What the state of the screen depends on. until: when the line closes, None while it is closed."""
    instant = now()
    free = [person for person in on_duty if person.eligible]
    talking = sum(person.doing in _ON_A_CALL and not person.eligible for person in on_duty)
    return Situation(
        open=until is not None,
        opens_today=opens is not None and formats.local(opens).date() == formats.local(instant).date(),
        free=len(free),
        free_backup=sum(person.role == "backup" for person in free),
        talking=talking,
        off=len(on_duty) - len(free) - talking,
        # Whether somebody begins then is the board's question: a closed wall is grey.
        beginning=1,
        waits_s=tuple((instant - call.since).total_seconds() for call in waiting),
        limit_s=active.policy.figures.service_level_s,
    )
