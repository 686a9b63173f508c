"""Sounds that Twilio fetches: the ring tone and the office's own prompts. They hold no personal data."""

from flask import Blueprint, Response, abort, request

from callcenter.errors import NotFound
from callcenter.office import current_office
from callcenter.storage.engine import reading
from callcenter.telephony.audio import ring_tone, sound_type
from callcenter.telephony.prompts.recordings import recording

blueprint = Blueprint("audio", __name__)
# Twilio caches a file as long as its ETag is the same.
_CACHE = "public, max-age=86400"


@blueprint.get("/audio/ringing-<int:seconds>.wav")
def ringing(seconds: int) -> Response:
    """The Dutch ring tone, 1 to 5 seconds long."""
    try:
        sound = ring_tone(seconds)
    except ValueError:
        abort(404)
    return _sound(sound, "audio/wav", f"ringing-{seconds}")


@blueprint.get("/audio/prompts/<key>.<locale>")
def prompt(key: str, locale: str) -> Response:
    """A prompt as the office recorded it."""
    try:
        with reading(current_office().sessions) as session:
            found = recording(session, key, locale)
    except NotFound:
        abort(404)
    return _sound(found.audio, sound_type(found.content_type), found.etag)


def _sound(body: bytes, content_type: str, etag: str) -> Response:
    response = Response(body, content_type=content_type)
    response.headers["Cache-Control"] = _CACHE
    response.set_etag(etag)
    response.make_conditional(request)
    return response
