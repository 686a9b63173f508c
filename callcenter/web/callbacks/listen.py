"""The messages that callers left: playing one, and marking it as heard."""

from contextlib import ExitStack
from io import BytesIO

from flask import abort, flash, request, send_file, url_for

from callcenter.callbacks import hearing
from callcenter.callbacks.listened import listened_and_done
from callcenter.callbacks.queries import one as stored_callback
from callcenter.callbacks.undo import watched
from callcenter.calls.records import VoicemailAudio
from callcenter.telephony.audio import sound_type
from callcenter.web import undo
from callcenter.web.locale import _, plural
from callcenter.web.page import Page, back, now, pages, read, visitor, writing
from callcenter.web.typed import typed_ids
from callcenter.web.visitor import Visitor

blueprint = pages("listen")


@blueprint.get("/berichten/<id:voicemail_id>")
def voicemail(voicemail_id: int) -> Page:
    """The sound of a message. Playing it marks the message as heard."""
    who = visitor()
    # One answer for a message of a colleague's and for none, so that nobody can count what there is.
    may_hear = hearing.may_hear(read(), voicemail_id, _own(who))
    sound = read().get(VoicemailAudio, voicemail_id) if may_hear else None
    if sound is None:
        abort(404)
    # A request for a later range belongs to a playback that is already noted.
    if request.method == "GET" and (request.range is None or request.range.ranges[0][0] in (0, None)):
        with writing() as session:
            hearing.listened(session, voicemail_id, who.consultant or who.email, who.email, now())
    return send_file(BytesIO(sound.audio), sound_type(sound.content_type), conditional=True)


@blueprint.post("/berichten/gehoord")
def heard() -> Page:
    """Mark messages as heard, or as dealt with without being heard."""
    who = visitor()
    voicemail_ids = typed_ids("voicemail")
    with writing() as session:
        if not all(hearing.may_hear(session, voicemail_id, _own(who)) for voicemail_id in voicemail_ids):
            abort(404)
        with ExitStack() as deeds:
            ids = hearing.callbacks_of(session, voicemail_ids)
            watching = [deeds.enter_context(watched(session, callback_id, "heard")) for callback_id in ids]
            for voicemail_id in voicemail_ids:
                hearing.mark_heard(session, voicemail_id, who.consultant or who.email, who.email, now())
        secret = undo.offered(session, "callback", *(deed.part for deed in watching))
    noted = plural("%(num)s message noted as heard.", "%(num)s messages noted as heard.", len(voicemail_ids))
    undo.done(noted, secret)
    return back(url_for("calls.calls" if who.leads else "mine.mine"))


@blueprint.post("/terugbellen/<id:callback_id>/afgeluisterd")
def done(callback_id: int) -> Page:
    """Close a callback without a number: its messages were listened to, and there is nobody to ring."""
    who = visitor()
    # As for the messages: one answer for a colleague's callback and for none.
    if not who.leads and (who.consultant is None or stored_callback(read(), callback_id).owner != who.consultant):
        abort(404)
    with writing() as session:
        listened_and_done(session, callback_id, who.consultant or who.email, who.email, now())
    flash(_("Noted: listened to, and done."))
    return back(url_for("callbacks.callbacks" if who.leads else "mine.mine"))


def _own(who: Visitor) -> str | None:
    """The consultant whose messages alone may be heard; None for a lead, who may hear all."""
    return None if who.leads else who.consultant
