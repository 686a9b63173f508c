"""Which message was left, what does it say, and has somebody heard it? `/api/v1/voicemails`."""

from typing import Any

from flask import Response

from callcenter.api.callback_shapes import VoicemailShape
from callcenter.api.endpoint import Ask, NoParameters, Operation, operation
from callcenter.callbacks import hearing
from callcenter.calls.records import Voicemail, VoicemailAudio
from callcenter.errors import NotFound


@operation(
    Operation("GET", "/voicemails/<id:voicemail_id>", "One message left", answer=VoicemailShape, consultants=True)
)
def get_voicemail(ask: Ask[NoParameters, None], voicemail_id: int) -> VoicemailShape:
    """One message by its ID."""
    return _shape(_audible(ask, voicemail_id))


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
def get_audio(ask: Ask[NoParameters, None], voicemail_id: int) -> Response:
    """Its sound. Raises NotFound while there is none, or when there is none any more."""
    _audible(ask, voicemail_id)
    sound = ask.session.get(VoicemailAudio, voicemail_id)
    if sound is None:
        raise NotFound(f"there is no sound of message {voicemail_id}")
    # The request itself only reads; that it was heard is written by itself.
    with ask.office.sessions.begin() as session:
        hearing.listened(session, voicemail_id, _who(ask), ask.identity.name, ask.now)
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
def mark_heard(ask: Ask[NoParameters, None], voicemail_id: int) -> VoicemailShape:
    """The message, heard; a callback that waited only for this is closed."""
    found = _audible(ask, voicemail_id)
    hearing.tick(ask.session, voicemail_id, _who(ask), ask.identity.name, ask.now)
    ask.session.flush()
    ask.session.refresh(found)
    return _shape(found)


def _audible(ask: Ask[Any, Any], voicemail_id: int) -> Voicemail:
    found = ask.session.get(Voicemail, voicemail_id)
    if found is None or not hearing.may_hear(ask.session, voicemail_id, ask.own_code):
        raise NotFound(f"there is no message {voicemail_id}")
    return found


def _who(ask: Ask[Any, Any]) -> str:
    return ask.identity.consultant or ask.identity.name


def _shape(voicemail: Voicemail) -> VoicemailShape:
    return VoicemailShape.model_validate(voicemail, from_attributes=True)
