"""Who is there now, and setting somebody's presence for them: the team lead's page."""

from dataclasses import dataclass
from datetime import datetime

from flask import abort, render_template, url_for

from callcenter.access.audit import note as audit
from callcenter.presence import undo as of_presence
from callcenter.routing.change_presence import change_presence
from callcenter.web import undo, words
from callcenter.web.active_rota import name_of, people, required_rota, rota
from callcenter.web.duty_now import OnDutyNow, doing_now, on_duty_now, states_of
from callcenter.web.locale import _
from callcenter.web.page import LEADS, Page, back, now, pages, read, visitor, writing
from callcenter.web.presence_form import ONE_TAP, chosen_presence

blueprint = pages("presence", roles=LEADS)


@dataclass(frozen=True, slots=True)
class Shown:
    """One person. duty: None when off duty; doing, until: as in OnDutyNow; set_by: who else set the presence."""

    code: str
    name: str
    duty: OnDutyNow | None
    doing: str
    until: datetime | None
    set_by: str | None


@blueprint.get("/aanwezigheid")
def presence() -> Page:
    """Everybody on duty, each with the buttons of the presence; and who has set it, when that was somebody else."""
    active, stored = rota(), states_of(read())
    on_duty = {one.code: one for one in on_duty_now(read(), active, now())} if active is not None else {}
    shown = []
    for code in on_duty:
        doing, _since, until = doing_now(stored.get(code), now())
        state = stored.get(code)
        set_by = state.presence_by if state is not None and state.presence == doing else None
        shown.append(Shown(code, on_duty[code].name, on_duty[code], doing, until, set_by))
    others = [(code, name) for code, name in people(now()) if code not in on_duty]
    return render_template("presence.html", shown=shown, others=others, one_tap=ONE_TAP)


@blueprint.post("/aanwezigheid/<code>")
def change(code: str) -> Page:
    """Set a consultant's presence. The consultant sees who did it."""
    active = required_rota()
    if code not in active.consultants:
        abort(404)
    state, until = chosen_presence()
    who = visitor()
    by = None if who.consultant == code else who.email
    with writing() as session:
        before = of_presence.remembered(session, code)
        change_presence(session, active, code, state, until, now(), by)
        audit(session, now(), who.email, "presence_set", f"consultant:{code}", state=state)
        after = of_presence.remembered(session, code)
        secret = undo.offered(session, "presence", {"code": code, "before": before, "after": after})
    told = _("%(name)s is now: %(state)s.", name=name_of(code), state=words.word(words.PRESENCE, state))
    undo.done(told, secret)
    return back(url_for("presence.presence"))
