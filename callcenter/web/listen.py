"""What did the caller say? The sound of a message, for those it is meant for, with an audit of every listening."""

from io import BytesIO

from flask import abort, request, send_file

from callcenter.access.audit import note as audit
from callcenter.routing.records import VoicemailAudio
from callcenter.web.page import Page, now, pages, read, visitor, writing
from callcenter.web.queries.behind import owner_of_voicemail

blueprint = pages("listen")


@blueprint.get("/berichten/<int:voicemail_id>")
def voicemail(voicemail_id: int) -> Page:
    """The sound; a consultant hears the messages of the own callbacks only."""
    who = visitor()
    if not who.leads and owner_of_voicemail(read(), voicemail_id) != who.consultant:
        abort(403)
    sound = read().get(VoicemailAudio, voicemail_id)
    if sound is None:
        abort(404)
    # A player that jumps asks for later parts of the same listening.
    if request.range is None or request.range.ranges[0][0] in (0, None):
        with writing() as session:
            audit(session, now(), who.email, "voicemail_heard", f"voicemail:{voicemail_id}")
    return send_file(BytesIO(sound.audio), sound.content_type, conditional=True)
