"""Which prompts has the office recorded itself? Uploaded audio wins over the spoken text."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from callcenter.errors import InvalidInput, NotFound
from callcenter.storage.prepared import Prepared
from callcenter.telephony.prompts.speaking import LANGUAGES
from callcenter.telephony.prompts.texts import TEXTS, audience
from callcenter.telephony.records import PromptAudio

# What Twilio's <Play> takes and browsers upload, with the bytes such a file begins with.
_BEGINNINGS = {
    "audio/mpeg": (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"),
    "audio/wav": (b"RIFF",),
}
_SAME = {
    "audio/mp3": "audio/mpeg",
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/vnd.wave": "audio/wav",
}
LARGEST_BYTES = 1_000_000
# Built once: asked every minute of a caller's waiting.
_RECORDED = Prepared(select(PromptAudio.key, PromptAudio.language, PromptAudio.etag))


@dataclass(frozen=True, slots=True)
class Recording:
    """The bytes of one recorded prompt, with the tag by which Twilio keeps its copy."""

    audio: bytes
    content_type: str
    etag: str


def recorded(session: Session) -> dict[tuple[str, str], str]:
    """The tag of every recorded prompt, by key and language (`nl`, `en`)."""
    return {(key, language): etag for key, language, etag in _RECORDED(session.connection(), {})}


def recording(session: Session, key: str, locale: str) -> Recording:
    """The recording of a prompt. Raises NotFound."""
    found = session.get(PromptAudio, (key, locale))
    if found is None:
        raise NotFound(f"prompt {key!r} has no recording in {locale!r}")
    return Recording(found.audio, found.content_type, found.etag)


def upload(session: Session, key: str, locale: str, audio: bytes, content_type: str, by: str, now: datetime) -> str:
    """Keep a recording of a prompt, in place of an older one; returns its tag. The session is not committed.

    Raises InvalidInput when the prompt is not a spoken one or the audio is not WAV or MP3 of at most 1 MB.
    """
    if key not in TEXTS or audience(key) == "sms":
        raise InvalidInput("key", f"there is no spoken prompt {key!r}")
    if locale not in LANGUAGES:
        raise InvalidInput("language", f"the line speaks no {locale!r}")
    kind = _SAME.get(content_type.split(";")[0].strip().lower(), content_type.split(";")[0].strip().lower())
    if not audio.startswith(_BEGINNINGS.get(kind, ())):
        raise InvalidInput("audio", "this is not a WAV or MP3 file")
    if len(audio) > LARGEST_BYTES:
        raise InvalidInput("audio", "the recording is larger than 1 MB")
    etag = hashlib.sha256(audio).hexdigest()[:32]
    session.merge(
        PromptAudio(
            key=key,
            language=locale,
            content_type=kind,
            etag=etag,
            audio=audio,
            uploaded_at=now,
            uploaded_by=by,
        )
    )
    session.flush()
    return etag


def remove(session: Session, key: str, locale: str) -> None:
    """Speak the text again; nothing happens when there was no recording. The session is not committed."""
    session.execute(delete(PromptAudio).where(PromptAudio.key == key, PromptAudio.language == locale))
