"""The page of the own second factor: turn it on, make new recovery codes, turn it off."""

from flask import flash, redirect, render_template, request, url_for

from callcenter.access.audit import note as audit
from callcenter.access.own_password import WrongPassword, prove_password
from callcenter.access.second_factor import stored
from callcenter.errors import InvalidInput
from callcenter.office import current_office
from callcenter.web.factor_page import begin, confirmed, fault_of, set_up_page, typed_proof
from callcenter.web.home import home
from callcenter.web.locale import _
from callcenter.web.own_login import words_of
from callcenter.web.page import Page, now, pages, read, visitor, writing

blueprint = pages("second_factor")


@blueprint.get("/tweede-factor")
def show() -> Page:
    """Whether the second factor is on, and what can be done."""
    who, state = visitor(), stored.state_of(read(), visitor().id)
    if state.on_since is None:
        return set_up_page(who.id, who.email, required=False)
    return render_template("second_factor.html", state=state)


@blueprint.post("/tweede-factor")
def change() -> Page:
    """Begin, confirm, make new recovery codes, or turn it off. To begin asks for the password, the last two for a code.

    Raises InvalidInput, and TooBusy.
    """
    who, do = visitor(), request.form.get("do", "")
    if do == "begin":
        _prove_by_password()
        begin(who.id)
    elif do == "confirm":
        codes = confirmed(who.id, who.email, who.session.id)
        return _codes(codes) if codes is not None else set_up_page(who.id, who.email, required=False, wrong=True)
    elif do == "codes":
        return _codes(_new_codes())
    elif do == "off":
        _turn_off()
        flash(_("The second factor is off. Logging in asks for the password only."))
    else:
        raise InvalidInput("do", _("nothing was chosen"))
    return redirect(url_for(".show"), 303)


def _codes(codes: list[str]) -> Page:
    # In the answer itself: what is shown once must not lie in a cookie until the next page.
    return render_template("recovery_codes.html", codes=codes, onward=home())


def _new_codes() -> list[str]:
    who = visitor()
    _prove()
    with writing() as session:
        codes = stored.new_recovery_codes(session, who.id)
        audit(session, now(), who.email, "recovery_codes_made", f"user:{who.id}")
    return codes


def _turn_off() -> None:
    who = visitor()
    _prove()
    with writing() as session:
        stored.remove(session, who.id)
        audit(session, now(), who.email, "second_factor_off", f"user:{who.id}")


def _prove_by_password() -> None:
    # Else whoever finds the page open could tie the login to another telephone, and its owner would be kept out.
    try:
        prove_password(current_office().sessions, now(), visitor().session, request.form.get("present", ""))
    except WrongPassword as error:
        raise InvalidInput("present", words_of(error)) from None


def _prove() -> None:
    fault = fault_of(typed_proof(visitor().id, visitor().email))
    if fault is not None:
        raise InvalidInput("code", fault)
