"""The lead's page of one callback: its state, calls, attempts and history, and the actions on it."""

from flask import flash, render_template, request, url_for

from callcenter.access.audit import history
from callcenter.callbacks import verbs
from callcenter.callbacks.outstanding import outstanding_of_each
from callcenter.callbacks.queries import attempts_of, one
from callcenter.callbacks.rules import RESULTS
from callcenter.web import words
from callcenter.web.active_rota import people, required_rota
from callcenter.web.callbacks.callback_list import apply_action
from callcenter.web.callbacks.queries import calls_behind, school_of, voicemails_of
from callcenter.web.locale import _
from callcenter.web.page import LEADS, Page, back, now, pages, read, typed_moment, visitor, writing

blueprint = pages("callbacks_one", LEADS)


@blueprint.get("/terugbellen/<int:callback_id>")
def callback(callback_id: int) -> Page:
    """The callback with its calls, attempts and history."""
    found = one(read(), callback_id)
    return render_template(
        "callback.html",
        callback=found,
        calls=calls_behind(read(), callback_id),
        voicemails=voicemails_of(read(), [callback_id]),
        held=outstanding_of_each(read(), [callback_id]),
        attempts=attempts_of(read(), [callback_id])[callback_id],
        history=history(read(), f"callback:{callback_id}"),
        school=school_of(read(), found.contact_id),
        consultants=people(now()),
        results=[(key, words.word(words.ATTEMPT_RESULTS, key)) for key in RESULTS],
    )


@blueprint.post("/terugbellen/<int:callback_id>")
def change(callback_id: int) -> Page:
    """Apply the form's action: hand over, set due, cancel, reopen, appoint, note, or record an attempt."""
    what, by = request.form.get("do", ""), visitor().email
    with writing() as session:
        if what == "reopen":
            verbs.reopen(session, required_rota(), callback_id, by, now())
        elif what == "note":
            verbs.note(session, callback_id, request.form.get("note", ""), by, now())
        elif what == "attempt":
            verbs.record_attempt(session, required_rota(), callback_id, request.form.get("result", ""), by, now())
        elif what == "appoint" and (at := typed_moment("at")) is not None:
            verbs.appoint(session, required_rota(), callback_id, at, by, now(), visitor().consultant)
        else:
            apply_action(session, callback_id)
    flash(_("Changed."))
    return back(url_for(".callback", callback_id=callback_id))
