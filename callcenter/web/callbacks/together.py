"""One deed on several callbacks: the page that lists what will be changed, and the deed itself."""

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from callcenter.access.undo_offers import Part
from callcenter.callbacks import verbs
from callcenter.callbacks.changes import tag_of
from callcenter.callbacks.locks import lock_callback
from callcenter.callbacks.queries import attempts_of, several
from callcenter.callbacks.records import Callback
from callcenter.callbacks.rules import is_live
from callcenter.callbacks.undo import watched
from callcenter.errors import CallcenterError, InvalidInput
from callcenter.web import undo
from callcenter.web.active_rota import required_rota
from callcenter.web.callbacks.callback_list import blueprint
from callcenter.web.callbacks.filters import ListFilters
from callcenter.web.callbacks.told import told
from callcenter.web.callbacks.who_can import NOBODY, choices, refuse_who_cannot
from callcenter.web.errors import in_words
from callcenter.web.locale import _, plural
from callcenter.web.page import Page, back, now, read, typed_moment, visitor, writing
from callcenter.web.seen import refuse_if_changed
from callcenter.web.targets import local_target
from callcenter.web.typed import MOST_ID, typed_ids, whole_number

# The deeds on several callbacks at once.
DEEDS = ("hand_over", "due", "cancel")


@blueprint.get("/terugbellen/samen")
def chosen() -> Page:
    """The page of one deed on the ticked callbacks, or on the whole list: what will be changed, and its form."""
    what = request.args.get("do", "")
    if what not in DEEDS:
        abort(404)
    whole = "whole" in request.args
    found = ListFilters.of(request.args).everything(read(), now()) if whole else several(read(), _ids(request.args))
    if not found:
        flash(_("Tick the callbacks that you mean."), "bad")
        return redirect(local_target(request.args.get("next")) or url_for(".callbacks"), 303)
    attempts = attempts_of(read(), [callback.id for callback in found])
    return render_template(
        "callbacks_together.html",
        what=what,
        whole=whole,
        wanted=ListFilters.of(request.args),
        found=found,
        seen={callback.id: tag_of(callback, attempts[callback.id]) for callback in found},
        choices=choices(),
        back_to=local_target(request.args.get("next")) or url_for(".callbacks"),
    )


@blueprint.post("/terugbellen/samen")
def together() -> Page:
    """Apply one deed to the ticked callbacks, or to the whole list. One that was changed after the page was shown is
    left as it is, unless the deed is for the whole list, whatever is in it."""
    seen: dict[str, str] = {}
    with writing() as session:
        if "whole" in request.form:
            ids = [callback.id for callback in ListFilters.of(request.form).everything(session, now())]
        else:
            ids = typed_ids("id")
            seen = dict(text.partition(":")[::2] for text in request.form.getlist("seen"))
    what = request.form.get("do", "")
    done: list[Part | None] = []
    refused: list[CallcenterError] = []
    sentence = ""
    for callback_id in ids:
        try:
            # One transaction each: a callback that was closed meanwhile does not block the others.
            with writing() as session:
                refuse_if_changed(session, callback_id, seen.get(str(callback_id)))
                with watched(session, callback_id, what) as deed:
                    callback = apply_action(session, callback_id)
                sentence = told(callback, what)
            done.append(deed.part)
        except CallcenterError as error:
            refused.append(error)
    if refused and not done and isinstance(refused[0], InvalidInput):
        raise refused[0]  # the same for all: what was typed is shown again, with the reason
    if not ids:
        flash(_("Tick the callbacks that you mean."), "bad")
    if done:
        with writing() as session:
            secret = undo.offered(session, "callback", *done)
        changed = plural("%(num)s callback changed.", "%(num)s callbacks changed.", len(done))
        undo.done(f"{changed} {sentence}", secret)
    if refused:
        text = plural("%(num)s could not be changed:", "%(num)s could not be changed:", len(refused))
        flash(f"{text} {in_words(refused[-1])[1]}", "bad")
    return back(url_for(".callbacks"))


def _ids(args: MultiDict[str, str]) -> list[int]:
    found = (whole_number(text, MOST_ID) for text in args.getlist("id"))
    return [number for number in found if number is not None]


def apply_action(session: Session, callback_id: int) -> Callback:
    """Apply the form's deed to one callback: hand over, set due or cancel. Raises CallcenterError."""
    by, what = visitor().email, request.form.get("do", "")
    if what == "hand_over":
        return _hand_over(session, callback_id, request.form.get("to", ""), by)
    if what == "due":
        due = typed_moment("due_at")
        if due is None:
            raise InvalidInput("due_at", _("choose a day and a time"))
        return verbs.set_due(session, required_rota(), callback_id, due, by, now(), visitor().consultant)
    if what == "cancel":
        return verbs.cancel(session, callback_id, request.form.get("because", ""), by, now())
    raise InvalidInput("do", _("choose what to do"))


def _hand_over(session: Session, callback_id: int, chosen: str, by: str) -> Callback:
    """Hand it over. The present owner keeps it as it is: the page names no verb that takes work in hand away."""
    to = None if chosen == NOBODY else chosen
    if not chosen:
        raise InvalidInput("to", _("choose to whom it goes"))
    if to is not None and to not in required_rota().consultants:
        raise InvalidInput("to", _("there is no consultant with this code"))
    callback = lock_callback(session, callback_id)
    if callback.owner == to and is_live(callback.state):
        return callback
    if to is not None:
        refuse_who_cannot(to, callback.due_at)
    return verbs.hand_over(session, callback_id, to, by, now())
