"""The step between a right password and the first page: a code from the telephone, or setting that up."""

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from callcenter.access.local_passwords import WITH_CODE, WITH_RECOVERY_CODE, AfterPassword, after_password
from callcenter.access.records import User
from callcenter.access.second_factor import stored
from callcenter.office import current_office
from callcenter.web.entry import let_in
from callcenter.web.factor_page import begin, confirmed, fault_of, set_up_page, typed_proof
from callcenter.web.half_way import HalfWay, half_way, remember
from callcenter.web.home import home
from callcenter.web.page import Page, now, pages, read

blueprint = pages("second_step", public=("code", "enter", "set_up", "set_up_deed"))


def what_follows(
    user_id: int, password_hash: str | None, *, stay: bool, target: str
) -> tuple[AfterPassword, BaseResponse | None]:
    """What follows the right password of this login, and the redirect to its second step, if there is one.

    password_hash: what the password was right for.
    """
    settings, session = current_office().settings, read()
    user, state = session.get_one(User, user_id), stored.state_of(session, user_id)
    follows = after_password(user.role, state.on_since is not None, settings.local_passwords, settings.second_factor)
    if follows not in (AfterPassword.CODE, AfterPassword.SET_UP):
        return follows, None
    set_up = follows is AfterPassword.SET_UP
    remember(now(), user_id, password_hash, set_up=set_up, stay=stay, target=target)
    return follows, redirect(url_for("second_step.set_up" if set_up else "second_step.code"), 303)


@blueprint.get("/inloggen/code")
def code() -> Page:
    """Ask for the code."""
    return _code_page() if _who(set_up=False) is not None else _again()


@blueprint.post("/inloggen/code")
def enter() -> Page:
    """Let somebody in whose code is right."""
    who = _who(set_up=False)
    if who is None:
        return _again()
    proof = typed_proof(who.user_id, who.email)
    fault = fault_of(proof)
    if fault is not None:
        return Response(_code_page(fault), 429 if proof.again_at is not None else 401)
    how = WITH_CODE if proof.how == "code" else WITH_RECOVERY_CODE
    if let_in(who.user_id, stay=who.stay, how=how, password_hash=who.password_hash) is None:
        return _again()
    return redirect(who.target or home(), 303)


@blueprint.get("/inloggen/tweede-factor")
def set_up() -> Page:
    """Set up the second factor that this login must have."""
    who = _who(set_up=True)
    return set_up_page(who.user_id, who.email, required=True) if who is not None else _again()


@blueprint.post("/inloggen/tweede-factor")
def set_up_deed() -> Page:
    """Begin, or confirm it with a code: then the person is let in and sees the recovery codes."""
    who = _who(set_up=True)
    if who is None:
        return _again()
    if request.form.get("do") == "begin":
        begin(who.user_id)
        return redirect(url_for(".set_up"), 303)
    codes = confirmed(who.user_id, who.email)
    if codes is None:
        return set_up_page(who.user_id, who.email, required=True, wrong=True)
    if let_in(who.user_id, stay=who.stay, how=WITH_CODE, password_hash=who.password_hash) is None:
        return _again()
    return render_template("recovery_codes.html", codes=codes, onward=who.target or home())


def _who(*, set_up: bool) -> HalfWay | None:
    """Who is half way, if it is this half: whoever has a second factor cannot set up another instead of using it."""
    who = half_way(read(), now())
    return who if who is not None and who.set_up == set_up else None


def _again() -> Page:
    return redirect(url_for("login.form"), 303)


def _code_page(fault: str | None = None) -> str:
    return render_template("second_step.html", fault=fault)
