"""The actions on the consultant's own pages: calling, recording results, presence, notes and settings."""

from datetime import datetime

from flask import flash, request, url_for

from callcenter.access import calendar_addresses
from callcenter.access.audit import note as audit
from callcenter.callbacks import one_press, verbs
from callcenter.callbacks.changes import ChangedMeanwhile
from callcenter.callbacks.naming import name_caller
from callcenter.callbacks.one_press import DiallingRefused
from callcenter.callbacks.undo import watched
from callcenter.directory import undo as of_schools
from callcenter.directory.queries import teach
from callcenter.errors import InvalidInput
from callcenter.notify.channels import switch
from callcenter.notify.to_consultant import WAYS, choose_way
from callcenter.notify.wording import KINDS
from callcenter.office import current_office
from callcenter.presence import undo as of_presence
from callcenter.routing.change_presence import change_presence
from callcenter.web import formats, undo, words
from callcenter.web.active_rota import required_rota
from callcenter.web.callbacks.told import result_told
from callcenter.web.locale import _, current
from callcenter.web.mine.mine import blueprint, one_page, own_callback, own_code
from callcenter.web.page import Page, back, choice, now, read, typed_moment, visitor, writing
from callcenter.web.presence_form import chosen_presence
from callcenter.web.read_session import close_session
from callcenter.web.seen import keep_note, refuse_if_promised_anew
from callcenter.web.shown_once import once
from callcenter.web.sure import asks_first


@blueprint.post("/mijn/terugbellen/<id:callback_id>/bel")
def call(callback_id: int) -> Page:
    """Ring the consultant's telephone, then the caller's."""
    own_callback(callback_id)
    try:
        with writing() as session:
            one_press.press(session, required_rota(), callback_id, own_code(), now(), visitor().email)
    except DiallingRefused as refused:
        flash(words.word(words.REFUSALS, refused.reason), "bad")
    return back(url_for("mine.mine"))


@blueprint.post("/mijn/terugbellen/<id:callback_id>/resultaat")
def result(callback_id: int) -> Page | tuple[str, int]:
    """Record the result of a call, and the note beside it."""
    own_callback(callback_id)
    chosen = request.form.get("result", "")
    note_refused = False
    if "note" in request.form and (request.form["note"].strip() or "note_seen" in request.form):
        # A transaction of its own: the note is stored even when the result is refused, and the other way round.
        try:
            with writing() as session:
                keep_note(session, callback_id, one_line=True)
        except ChangedMeanwhile:
            note_refused = True
    with writing() as session:
        with watched(session, callback_id, "attempt") as deed:
            noted = verbs.record_attempt(
                session, required_rota(), callback_id, chosen, visitor().email, now(), consultant=own_code()
            )
        sentence = result_told(noted, chosen)
        secret = undo.offered(session, "callback", deed.part)
    undo.done(sentence, secret)
    if note_refused:
        return _shown_again(callback_id, "note")
    return back(url_for("mine.mine"))


@blueprint.post("/mijn/terugbellen/<id:callback_id>/afgehandeld")
def settled(callback_id: int) -> Page:
    """Record whether a conversation with another caller of the same number settled this callback too."""
    yes = choice("settled", "yes", "no") == "yes"
    with writing() as session:
        with watched(session, callback_id, "settled") as deed:
            verbs.answer_question(session, callback_id, own_code(), visitor().email, now(), resolved=yes)
        secret = undo.offered(session, "callback", deed.part)
    undo.done(_("Noted: settled.") if yes else _("Noted: it stays open."), secret)
    return back(url_for("mine.mine"))


@blueprint.post("/mijn/terugbellen/<id:callback_id>/notitie")
def note(callback_id: int) -> Page | tuple[str, int]:
    """Store a note."""
    own_callback(callback_id)
    try:
        with writing() as session:
            with watched(session, callback_id, "note") as deed:
                keep_note(session, callback_id)
            secret = undo.offered(session, "callback", deed.part)
    except ChangedMeanwhile:
        return _shown_again(callback_id, "note")
    undo.done(_("The note is kept."), secret)
    return back(url_for("mine.one", callback_id=callback_id))


def _shown_again(callback_id: int, field: str) -> tuple[str, int]:
    """The page after a form was not applied because somebody else changed the callback; with what was typed."""
    flash(_("Somebody has changed this callback meanwhile; look again."), "bad")
    close_session()  # what was read before may be older than the change
    return one_page(callback_id, {field: request.form.get(field, "")}), 409


@blueprint.post("/mijn/terugbellen/<id:callback_id>/afspraak")
def appoint(callback_id: int) -> Page | tuple[str, int]:
    """Record an appointment."""
    own_callback(callback_id)
    at = typed_moment("at")
    if at is None:
        raise InvalidInput("at", _("choose a day and a time"))
    try:
        with writing() as session:
            refuse_if_promised_anew(session, callback_id)
            with watched(session, callback_id, "appoint") as deed:
                verbs.appoint(session, required_rota(), callback_id, at, visitor().email, now(), visitor().consultant)
            secret = undo.offered(session, "callback", deed.part)
    except ChangedMeanwhile:
        return _shown_again(callback_id, "at")
    undo.done(_("Appointment %(when)s.", when=formats.moment(at, now(), current())), secret)
    return back(url_for("mine.one", callback_id=callback_id))


@blueprint.post("/mijn/terugbellen/<id:callback_id>/school")
def school(callback_id: int) -> Page:
    """Add the callback's number to a school in the directory."""
    found = own_callback(callback_id)
    if found.number is None:
        raise InvalidInput("number", _("the caller left no number"))
    code = request.form.get("code", "")
    with writing() as session:
        source = of_schools.remembered(session, code, found.number)
        known = teach(session, code, found.number)
        named = name_caller(session, found.number, known)
        audit(session, now(), visitor().email, "number_taught", f"school:{known.id}")
        part = of_schools.part(known, found.number, source)
        secret = undo.offered(session, "number", part | {"named": named} if part is not None else None)
    undo.done(_("From now on this number is %(school)s.", school=known.name), secret)
    return back(url_for("mine.one", callback_id=callback_id))


@blueprint.post("/mijn/aanwezigheid")
def presence() -> Page:
    """Set the presence: available, busy, break or away; all but the first for a time."""
    code, (state, until) = own_code(), chosen_presence()
    with writing() as session:
        before = of_presence.remembered(session, code)
        end = change_presence(session, required_rota(), code, state, until, now())
        audit(session, now(), visitor().email, "presence_set", f"consultant:{code}", state=state)
        after = of_presence.remembered(session, code)
        secret = undo.offered(session, "presence", {"code": code, "before": before, "after": after})
    undo.done(_presence_told(state, end), secret)
    return back(url_for("mine.mine"))


def _presence_told(state: str, end: datetime | None) -> str:
    word = words.word(words.PRESENCE, state)
    if end is None:
        return _("You are %(state)s.", state=word)
    return _("You are %(state)s until %(when)s.", state=word, when=formats.moment(end, now(), current()))


@blueprint.post("/mijn/berichten")
def notices() -> Page:
    """Choose the messages that the consultant gets, and by which ways."""
    with writing() as session:
        if "ways" in request.form:
            for way in WAYS:
                choose_way(session, own_code(), way, way in request.form.getlist("way"))
        for kind in KINDS:
            switch(session, own_code(), kind, kind in request.form.getlist("kind"))
    flash(_("Kept."))
    return back(url_for("mine.me"))


@blueprint.post("/mijn/agenda")
def calendar() -> Page:
    """Make a new calendar address and show it once, or revoke it."""
    code, what = own_code(), choice("do", "create", "revoke")
    if what == "revoke" or calendar_addresses.address_created_at(read(), code) is not None:
        question = _sure_of_calendar(what)
        if question is not None:
            return question
    if what == "revoke":
        with writing() as session:
            calendar_addresses.revoke_addresses(session, now(), code)
            audit(session, now(), visitor().email, "calendar_revoked", f"consultant:{code}")
        flash(_("The calendar address no longer works."))
        return back(url_for("mine.shifts"))
    with writing() as session:
        secret = calendar_addresses.create_address(session, now(), code)
        audit(session, now(), visitor().email, "calendar_created", f"consultant:{code}")
    address = current_office().settings.public_url + url_for("calendar.feed", secret=secret)
    return once(_("Your calendar address"), _("Subscribe to it in your calendar:"), address, url_for("mine.shifts"))


def _sure_of_calendar(what: str) -> str | None:
    follows = [_("Calendars that use the present address stop at once: Outlook, Google, your telephone.")]
    if what == "revoke":
        title, yes = _("Take the calendar address back?"), _("Yes, take it back")
    else:
        title, yes = _("Make a new calendar address?"), _("Yes, make a new one")
        follows.append(_("You subscribe to the new address in each of them."))
    return asks_first(title, follows, yes, url_for("mine.shifts"))
