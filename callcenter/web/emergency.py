"""Letting an administrator in with an emergency code from the command line."""

from flask import Response, redirect, render_template, request

from callcenter.access.second_factor.emergency import use_emergency_code
from callcenter.access.tallies import tally
from callcenter.web.entry import let_in
from callcenter.web.home import home
from callcenter.web.locale import _
from callcenter.web.page import Page, now, pages, writing

blueprint = pages("emergency", public=("form", "enter"))


@blueprint.get("/inloggen/nood")
def form() -> Page:
    """Ask for the code. Nothing links here: the command says the address."""
    return render_template("emergency.html")


@blueprint.post("/inloggen/nood")
def enter() -> Page:
    """Let the administrator in whose code it is. The code is too long to be guessed, so tries are not limited."""
    with writing() as session:
        user_id = use_emergency_code(session, now(), request.form.get("code", ""))
        if user_id is None:
            tally(session, now(), "emergency code", "emergency code", "code_refused", "log-in", tries=1)
    if user_id is None or let_in(user_id, stay=False, how="emergency code") is None:
        fault = _("This code is not right, was used already, or is older than 15 minutes.")
        return Response(render_template("emergency.html", fault=fault), 401)
    return redirect(home(), 303)
