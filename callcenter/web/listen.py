"""What did the caller say? The sound of a message, for those it is meant for, and their word that it is heard."""

from io import BytesIO

from flask import abort, flash, request, send_file, url_for

from callcenter.callbacks import hearing
from callcenter.calls.records import VoicemailAudio
from callcenter.web.page import Page, back, now, pages, read, visitor, writing
from callcenter.web.text import plural
from callcenter.web.visitor import Visitor

# Longer than any id that can be stored.
_DIGITS = 9

blueprint = pages("listen")


@blueprint.get("/berichten/<int:voicemail_id>")
def voicemail(voicemail_id: int) -> Page:
    """The sound, which counts as heard from now on."""
    who = visitor()
    if not hearing.may_hear(read(), voicemail_id, _own(who)):
        abort(403)
    sound = read().get(VoicemailAudio, voicemail_id)
    if sound is None:
        abort(404)
    # A player that jumps asks for later parts of the same listening.
    if request.method == "GET" and (request.range is None or request.range.ranges[0][0] in (0, None)):
        with writing() as session:
            hearing.listened(session, voicemail_id, who.consultant or who.email, who.email, now())
    return send_file(BytesIO(sound.audio), sound.content_type, conditional=True)


@blueprint.post("/berichten/gehoord")
def heard() -> Page:
    """Somebody says of messages that they are heard, or that they need not be."""
    who = visitor()
    asked = [int(text) for text in request.form.getlist("voicemail") if text.isdecimal() and len(text) <= _DIGITS]
    with writing() as session:
        for voicemail_id in asked:
            if not hearing.may_hear(session, voicemail_id, _own(who)):
                abort(403)
            hearing.tick(session, voicemail_id, who.consultant or who.email, who.email, now())
    flash(plural("%(num)s message noted as heard.", "%(num)s messages noted as heard.", len(asked)))
    return back(url_for("calls.calls" if who.leads else "mine.mine"))


def _own(who: Visitor) -> str | None:
    """Whose messages alone may be heard; None for a lead."""
    return None if who.leads else who.consultant
