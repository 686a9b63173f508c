"""The messages that callers left: playing one, and marking it as heard."""

from io import BytesIO

from flask import abort, flash, request, send_file, url_for

from callcenter.callbacks import hearing
from callcenter.calls.records import VoicemailAudio
from callcenter.telephony.media import SOUND_TYPE
from callcenter.web.locale import plural
from callcenter.web.page import Page, back, now, pages, read, typed_ids, visitor, writing
from callcenter.web.visitor import Visitor

blueprint = pages("listen")


@blueprint.get("/berichten/<id:voicemail_id>")
def voicemail(voicemail_id: int) -> Page:
    """The sound of a message. Playing it marks the message as heard."""
    who = visitor()
    if not hearing.may_hear(read(), voicemail_id, _own(who)):
        abort(403)
    sound = read().get(VoicemailAudio, voicemail_id)
    if sound is None:
        abort(404)
    # A request for a later range belongs to a playback that is already noted.
    if request.method == "GET" and (request.range is None or request.range.ranges[0][0] in (0, None)):
        with writing() as session:
            hearing.listened(session, voicemail_id, who.consultant or who.email, who.email, now())
    return send_file(BytesIO(sound.audio), SOUND_TYPE, conditional=True)


@blueprint.post("/berichten/gehoord")
def heard() -> Page:
    """Mark messages as heard, or as dealt with without being heard."""
    who = visitor()
    voicemail_ids = typed_ids("voicemail")
    with writing() as session:
        for voicemail_id in voicemail_ids:
            if not hearing.may_hear(session, voicemail_id, _own(who)):
                abort(403)
            hearing.mark_heard(session, voicemail_id, who.consultant or who.email, who.email, now())
    flash(plural("%(num)s message noted as heard.", "%(num)s messages noted as heard.", len(voicemail_ids)))
    return back(url_for("calls.calls" if who.leads else "mine.mine"))


def _own(who: Visitor) -> str | None:
    """The consultant whose messages alone may be heard; None for a lead, who may hear all."""
    return None if who.leads else who.consultant
