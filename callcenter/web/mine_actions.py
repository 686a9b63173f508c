"""What did the consultant do? Presses on the own page: call, say what came of it, presence, notes and settings."""

from datetime import timedelta

from flask import abort, flash, request, url_for

from callcenter.access import calendars
from callcenter.access.audit import note as audit
from callcenter.callbacks import dialling, tasks
from callcenter.callbacks.guard import DiallingRefused
from callcenter.callbacks.queries import one
from callcenter.callbacks.records import Callback
from callcenter.directory.queries import teach
from callcenter.errors import InvalidInput, NotFound
from callcenter.notify.channels import switch
from callcenter.notify.messages import KINDS
from callcenter.office import current_office
from callcenter.presence.eligibility import STATES
from callcenter.routing.presence_said import say_presence
from callcenter.web import formats, words
from callcenter.web.callbacks import typed_moment
from callcenter.web.locale import current
from callcenter.web.page import Page, back, now, read, visitor, writing
from callcenter.web.queries.teaching import name_caller
from callcenter.web.roster import needed_rota
from callcenter.web.text import _


def own_code() -> str:
    """The code of the consultant who looks; a login without one has no own page."""
    code = visitor().consultant
    if code is None:
        abort(403)
    return code


def own_callback(callback_id: int) -> Callback:
    """A callback of the consultant who looks. Raises NotFound when it is somebody else's by now."""
    found = one(read(), callback_id)
    if found.owner != own_code():
        raise NotFound(_("This callback is not yours. Perhaps it was handed over."))
    return found


def call(callback_id: int) -> Page:
    """One press: the consultant's telephone rings, then the caller's."""
    own_callback(callback_id)
    try:
        with writing() as session:
            dialling.press(session, needed_rota(), callback_id, own_code(), now(), visitor().email)
    except DiallingRefused as refused:
        flash(words.word(words.REFUSALS, refused.reason), "bad")
    return back(url_for("mine.mine"))


def result(callback_id: int) -> Page:
    """What came of a call."""
    own_callback(callback_id)
    said = request.form.get("result", "")
    if request.form.get("note", "").strip():
        # By itself: what was typed stays when the result is refused.
        with writing() as session:
            tasks.note(session, callback_id, request.form["note"], visitor().email, now())
    with writing() as session:
        closed = tasks.record_attempt(
            session, needed_rota(), callback_id, said, visitor().email, now(), consultant=own_code()
        )
        state = closed.state
    if state in ("open", "claimed"):
        flash(_("Noted. It comes back for a next attempt."))
    else:
        flash(_("Noted: %(result)s.", result=words.word(words.ATTEMPT_RESULTS, said)))
    return back(url_for("mine.mine"))


def settled(callback_id: int) -> Page:
    """Whether the talk with another caller of the same number settled this callback too."""
    yes = request.form.get("settled") == "yes"
    with writing() as session:
        tasks.settled(session, callback_id, own_code(), visitor().email, now(), yes=yes)
    flash(_("Noted: settled.") if yes else _("Noted: it stays open."))
    return back(url_for("mine.mine"))


def note(callback_id: int) -> Page:
    """Keep a note."""
    own_callback(callback_id)
    with writing() as session:
        tasks.note(session, callback_id, request.form.get("note", ""), visitor().email, now())
    flash(_("Kept."))
    return back(url_for("mine.one", callback_id=callback_id))


def appoint(callback_id: int) -> Page:
    """Agree on another moment."""
    own_callback(callback_id)
    at = typed_moment("at")
    if at is None:
        raise InvalidInput("at", _("choose a day and a time"))
    with writing() as session:
        tasks.appoint(session, needed_rota(), callback_id, at, visitor().email, now())
    flash(_("Appointment %(when)s.", when=formats.moment(at, now(), current())))
    return back(url_for("mine.one", callback_id=callback_id))


def school(callback_id: int) -> Page:
    """This number belongs to a school: the directory remembers it."""
    found = own_callback(callback_id)
    if found.number is None:
        raise InvalidInput("number", _("the caller left no number"))
    with writing() as session:
        known = teach(session, request.form.get("code", ""), found.number)
        name_caller(session, found.number, known)
        audit(session, now(), visitor().email, "number_taught", f"school:{known.id}")
    flash(_("From now on this number is %(school)s.", school=known.name))
    return back(url_for("mine.one", callback_id=callback_id))


def presence() -> Page:
    """Available, busy, on a break or away, for a while."""
    state = request.form.get("state", "")
    if state not in STATES:
        raise InvalidInput("state", _("choose what you are doing"))
    minutes = request.form.get("minutes", "")
    until = now() + timedelta(minutes=int(minutes)) if minutes.isdecimal() and state != "available" else None
    with writing() as session:
        say_presence(session, needed_rota(), own_code(), state, until, now())
        audit(session, now(), visitor().email, "presence_set", f"consultant:{own_code()}", state=state)
    return back(url_for("mine.mine"))


def notices() -> Page:
    """Which messages the consultant wants."""
    with writing() as session:
        for kind in KINDS:
            switch(session, own_code(), kind, kind in request.form.getlist("kind"))
    flash(_("Kept."))
    return back(url_for("mine.mine"))


def calendar() -> Page:
    """Make a new calendar address, shown once, or take it back."""
    code = own_code()
    with writing() as session:
        if request.form.get("do") == "revoke":
            calendars.revoke_addresses(session, now(), code)
            audit(session, now(), visitor().email, "calendar_revoked", f"consultant:{code}")
            flash(_("The calendar address no longer works."))
        else:
            secret = calendars.create_address(session, now(), code)
            audit(session, now(), visitor().email, "calendar_created", f"consultant:{code}")
            address = current_office().settings.public_url + url_for("calendar.feed", secret=secret)
            flash(_("Your calendar address, shown this once: %(address)s", address=address))
    return back(url_for("mine.mine"))
