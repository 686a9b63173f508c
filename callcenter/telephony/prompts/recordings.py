"""The office's own recordings of prompts, which are played instead of the synthetic voice.

A text with variables is recorded in parts (speaking.parts); the voice speaks its variables. A recording is used only
while the text of its part is the text that was recorded.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from callcenter.errors import InvalidInput, NotFound
from callcenter.storage.statements import Prepared
from callcenter.telephony.prompts.speaking import LANGUAGES, key_of, parts
from callcenter.telephony.prompts.texts import TEXTS, audience
from callcenter.telephony.records import PromptAudio

# The types that Twilio's <Play> accepts and browsers upload, with the first bytes of such a file.
_BEGINNINGS = {
    "audio/mpeg": re.compile(rb"ID3|\xff[\xfb\xf3\xf2]"),
    "audio/wav": re.compile(rb"RIFF.{4}WAVE", re.DOTALL),
}
_SAME = {
    "audio/mp3": "audio/mpeg",
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/vnd.wave": "audio/wav",
}
LARGEST_BYTES = 1_000_000
# Prepared once: read every minute while a caller waits.
_RECORDED = Prepared(select(PromptAudio.key, PromptAudio.language, PromptAudio.etag, PromptAudio.words))


@dataclass(frozen=True, slots=True)
class Recording:
    """One recorded prompt. etag: the HTTP entity tag under which Twilio caches it."""

    audio: bytes
    content_type: str
    etag: str


def recorded(session: Session) -> dict[tuple[str, str], str]:
    """The ETag of every recording in use, by part and language (`nl`, `en`)."""
    return {
        (part, language): etag for part, language, etag, words in _rows(session) if _is_current(part, language, words)
    }


def outdated(session: Session) -> set[tuple[str, str]]:
    """Part and language of recordings not in use: their text has changed, or is recorded in parts by now."""
    return {(part, language) for part, language, _, words in _rows(session) if not _is_current(part, language, words)}


def recording(session: Session, part: str, locale: str) -> Recording:
    """The recording of a part of a prompt. Raises NotFound."""
    found = session.get(PromptAudio, (part, locale))
    if found is None:
        raise NotFound(f"prompt {part!r} has no recording in {locale!r}")
    return Recording(found.audio, found.content_type, found.etag)


def upload(session: Session, part: str, locale: str, audio: bytes, content_type: str, by: str, now: datetime) -> str:
    """Store a recording of a part of a prompt, replacing an older one, and return its ETag. Does not commit.

    Raises InvalidInput when the prompt is not spoken, when `part` is a whole prompt that must be recorded in parts, or
    when the audio is not a WAV or MP3 file of at most 1 MB.
    """
    key = key_of(part)
    if key not in TEXTS or audience(key) == "sms":
        raise InvalidInput("key", "there is no spoken text %(part)s", part=part)
    if locale not in LANGUAGES:
        raise InvalidInput("language", "choose one of the languages that the line speaks")
    words = parts(key, locale).get(part)
    if words is None:
        raise InvalidInput(
            "key", "record %(key)s in its parts: %(parts)s", key=key, parts=", ".join(parts(key, locale))
        )
    kind = _SAME.get(content_type.split(";")[0].strip().lower(), content_type.split(";")[0].strip().lower())
    beginning = _BEGINNINGS.get(kind)
    if beginning is None or not beginning.match(audio):
        raise InvalidInput("audio", "this is not a WAV or MP3 file")
    if len(audio) > LARGEST_BYTES:
        raise InvalidInput("audio", "the recording is larger than 1 MB")
    etag = hashlib.sha256(audio).hexdigest()[:32]
    session.merge(
        PromptAudio(
            key=part,
            language=locale,
            content_type=kind,
            etag=etag,
            audio=audio,
            words=words,
            uploaded_at=now,
            uploaded_by=by,
        )
    )
    session.flush()
    return etag


def remove(session: Session, part: str, locale: str) -> None:
    """Delete a recording, so that the text is spoken again. Does nothing when there is none. Does not commit."""
    session.execute(delete(PromptAudio).where(PromptAudio.key == part, PromptAudio.language == locale))


def _rows(session: Session) -> list[tuple[str, str, str, str | None]]:
    return [(part, language, etag, words) for part, language, etag, words in _RECORDED(session.connection(), {})]


def _is_current(part: str, language: str, words: str | None) -> bool:
    """Whether a recording holds the present text.

    words: the recorded text; None in old rows. Those hold whole prompts, and are current if the prompt is one part.
    """
    now = parts(key_of(part), language).get(part) if key_of(part) in TEXTS else None
    return now is not None and words in (None, now)
