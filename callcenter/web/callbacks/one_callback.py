"""The lead's page of one callback: its state, calls, attempts and history, and the actions on it."""

from collections.abc import Mapping
from types import MappingProxyType

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from callcenter.access.audit import history
from callcenter.callbacks import one_press, verbs
from callcenter.callbacks.changes import ChangedMeanwhile, tag_of
from callcenter.callbacks.locks import lock_callback
from callcenter.callbacks.one_press import DISTURBING, DiallingRefused
from callcenter.callbacks.outstanding import outstanding_of_each
from callcenter.callbacks.owners import consultants_away
from callcenter.callbacks.queries import attempts_of, one
from callcenter.callbacks.records import Callback
from callcenter.callbacks.rules import RESULTS, why_not_disturbed
from callcenter.callbacks.undo import watched
from callcenter.errors import InvalidInput
from callcenter.web import undo, words
from callcenter.web.active_rota import name_of, required_rota, rota
from callcenter.web.callbacks.queries import calls_behind, school_of, voicemails_of
from callcenter.web.callbacks.together import apply_action
from callcenter.web.callbacks.told import told
from callcenter.web.callbacks.who_can import choices
from callcenter.web.locale import _
from callcenter.web.page import LEADS, Page, back, now, pages, read, typed_moment, visitor, writing
from callcenter.web.read_session import close_session
from callcenter.web.seen import refuse_if_changed

# The field of the form that belongs to each action; the note is the only one that takes long to type again.
_TYPED = {
    "hand_over": "to",
    "due": "due_at",
    "appoint": "at",
    "attempt": "result",
    "cancel": "because",
    "note": "note",
}
_NOTHING: Mapping[str, str] = MappingProxyType({})

blueprint = pages("callbacks_one", LEADS)


@blueprint.get("/terugbellen/<id:callback_id>")
def callback(callback_id: int) -> Page:
    """The callback with its calls, attempts and history. `anyway` asks whether to ring an owner who is off duty."""
    return _page(callback_id)


def _page(callback_id: int, typed: Mapping[str, str] = _NOTHING) -> str:
    """The page. typed: the fields of a form that was not applied, which are shown again."""
    found = one(read(), callback_id)
    attempts = attempts_of(read(), [callback_id])[callback_id]
    return render_template(
        "callback.html",
        callback=found,
        seen=tag_of(found, attempts),
        typed=typed,
        asks=_why_asked(found.owner) if "anyway" in request.args else None,
        calls=calls_behind(read(), callback_id),
        voicemails=voicemails_of(read(), [callback_id]),
        held=outstanding_of_each(read(), [callback_id]),
        attempts=attempts,
        history=history(read(), f"callback:{callback_id}"),
        school=school_of(read(), found.contact_id),
        choices=choices(),
        results=[(key, words.word(words.ATTEMPT_RESULTS, key)) for key in RESULTS],
    )


def _why_asked(owner: str | None) -> str | None:
    """Why a press now would first be answered with a question, as in DISTURBING; None when it would not. The address
    tells only that it was so when the page was first shown."""
    active = rota()
    if active is None or owner is None or owner == visitor().consultant:
        return None
    return why_not_disturbed(active, owner, now(), consultants_away(read(), now()))


@blueprint.post("/terugbellen/<id:callback_id>")
def change(callback_id: int) -> Page | tuple[str, int]:
    """Apply the form's action: hand over, set due, cancel, reopen, appoint, note, or record an attempt."""
    what = request.form.get("do", "")
    try:
        with writing() as session:
            refuse_if_changed(session, callback_id, request.form.get("seen"))
            with watched(session, callback_id, what) as deed:
                changed = _apply(session, callback_id, what)
            sentence = told(changed, what, request.form.get("result", ""))
            secret = undo.offered(session, "callback", deed.part)
    except ChangedMeanwhile:
        flash(_("Somebody has changed this callback meanwhile; look again."), "bad")
        close_session()  # what was read before may be older than the change
        field = _TYPED.get(what, "")
        return _page(callback_id, {field: request.form.get(field, "")}), 409
    undo.done(sentence, secret)
    return back(url_for(".callback", callback_id=callback_id))


def _apply(session: Session, callback_id: int, what: str) -> Callback:
    by = visitor().email
    if what == "reopen":
        return verbs.reopen(session, required_rota(), callback_id, by, now())
    if what == "note":
        return verbs.note(session, callback_id, request.form.get("note", ""), by, now())
    if what == "attempt":
        result = request.form.get("result", "")
        if result not in RESULTS:
            raise InvalidInput("result", _("choose what came of it"))
        return verbs.record_attempt(session, required_rota(), callback_id, result, by, now())
    if what == "appoint":
        at = typed_moment("at")
        if at is None:
            raise InvalidInput("at", _("choose a day and a time"))
        return verbs.appoint(session, required_rota(), callback_id, at, by, now(), visitor().consultant)
    return apply_action(session, callback_id)


@blueprint.post("/terugbellen/<id:callback_id>/bel")
def call(callback_id: int) -> Page:
    """Ring the owner's telephone, then the caller's. The page asks before it rings an owner who is off duty or away."""
    here = url_for(".callback", callback_id=callback_id)
    anyway = "anyway" in request.form
    try:
        with writing() as session:
            refuse_if_changed(session, callback_id, request.form.get("seen"))
            owner = lock_callback(session, callback_id).owner
            if owner is None:
                raise InvalidInput("owner", _("hand it over to somebody first"))
            may_disturb = anyway or owner == visitor().consultant
            attempt = one_press.press(
                session, required_rota(), callback_id, owner, now(), visitor().email, may_disturb=may_disturb
            )
            # A colleague's, when one was under way already.
            rung = attempt.consultant
    except DiallingRefused as refused:
        if refused.reason in DISTURBING:
            return redirect(url_for(".callback", callback_id=callback_id, anyway=refused.reason), 303)
        sentences = {**words.REFUSALS, **words.REFUSALS_OF_A_COLLEAGUE}
        flash(words.word(sentences, refused.reason), "bad")
    else:
        flash(_("%(name)s is being rung.", name=name_of(rung)))
    return redirect(here, 303)
