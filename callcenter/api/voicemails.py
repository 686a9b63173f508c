"""`/api/v1/voicemails`: a message that a caller left, its sound, and whether somebody heard it."""

from typing import Any

from flask import Response

from callcenter.api.callback_shapes import VoicemailShape
from callcenter.api.endpoint import ApiRequest, NoParameters, Operation, operation
from callcenter.callbacks import hearing
from callcenter.calls.records import Voicemail, VoicemailAudio
from callcenter.errors import NotFound


@operation(
    Operation("GET", "/voicemails/<id:voicemail_id>", "One message left", answer=VoicemailShape, consultants=True)
)
def get_voicemail(request: ApiRequest[NoParameters, None], voicemail_id: int) -> VoicemailShape:
    """One message by its ID."""
    return _shape(_audible(request, voicemail_id))


@operation(
    Operation(
        "GET",
        "/voicemails/<id:voicemail_id>/audio",
        "The sound of a message, which counts as heard from now on",
        answer=VoicemailShape,
        consultants=True,
        raw_answer="audio/*",
    )
)
def get_audio(request: ApiRequest[NoParameters, None], voicemail_id: int) -> Response:
    """The sound of a message. Raises NotFound before it is stored and after it is erased."""
    _audible(request, voicemail_id)
    sound = request.session.get(VoicemailAudio, voicemail_id)
    if sound is None:
        raise NotFound(f"there is no sound of message {voicemail_id}")
    # A GET has a read-only session, so the mark is written in a transaction of its own.
    with request.office.sessions.begin() as session:
        hearing.listened(session, voicemail_id, _who(request), request.identity.actor, request.now)
    return Response(sound.audio, content_type=sound.content_type, headers={"Cache-Control": "no-store"})


@operation(
    Operation(
        "POST",
        "/voicemails/<id:voicemail_id>/heard",
        "Mark a message as heard, or as dealt with when it was lost",
        answer=VoicemailShape,
        consultants=True,
    )
)
def mark_heard(request: ApiRequest[NoParameters, None], voicemail_id: int) -> VoicemailShape:
    """The message, marked as heard. A callback that waited only for this is closed."""
    found = _audible(request, voicemail_id)
    hearing.mark_heard(request.session, voicemail_id, _who(request), request.identity.actor, request.now)
    request.session.flush()
    request.session.refresh(found)
    return _shape(found)


def _audible(request: ApiRequest[Any, Any], voicemail_id: int) -> Voicemail:
    found = request.session.get(Voicemail, voicemail_id)
    if found is None or not hearing.may_hear(request.session, voicemail_id, request.own_code):
        raise NotFound(f"there is no message {voicemail_id}")
    return found


def _who(request: ApiRequest[Any, Any]) -> str:
    return request.identity.consultant or request.identity.name


def _shape(voicemail: Voicemail) -> VoicemailShape:
    return VoicemailShape.model_validate(voicemail, from_attributes=True)
