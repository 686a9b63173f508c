"""How does a prompt get into a document? Spoken text, or the office's own recordings where there are any."""

from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from flask import current_app
from sqlalchemy.orm import Session

from callcenter.telephony.prompts.recordings import recorded
from callcenter.telephony.prompts.speaking import Prompt

# A newly uploaded recording is heard after at most this long.
_KEPT = timedelta(seconds=60)


class PromptBook:
    """Which prompts have a recording, kept for a minute: they change rarely and are asked often."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: dict[tuple[str, str], str] = {}
        self._read_at: datetime | None = None

    def etag(self, session: Session, now: datetime, part: str, locale: str) -> str | None:
        """The tag of a part's recording, or None when it is to be spoken."""
        with self._lock:
            if self._read_at is None or not timedelta(0) <= now - self._read_at < _KEPT:
                self._known, self._read_at = recorded(session), now
            return self._known.get((part, locale))


def speak(parent: Any, prompt: Prompt, session: Session, now: datetime, public_url: str) -> None:
    """Add a prompt to a document or to one of its `<Gather>`s.

    Recorded parts are played and the variables between them spoken. Unless every part is recorded the whole is spoken:
    two voices in the fixed words of one sentence sound broken.
    """
    book: PromptBook = current_app.extensions["callcenter_prompts"]
    etags = {piece.part: book.etag(session, now, piece.part, prompt.locale) for piece in prompt.pieces if piece.part}
    if not etags or None in etags.values():
        parent.say(prompt.text, language=prompt.language, voice=prompt.voice)
        return
    for piece in prompt.pieces:
        etag = etags.get(piece.part) if piece.part else None
        if etag is None:
            parent.say(piece.text, language=prompt.language, voice=prompt.voice)
        else:
            parent.play(f"{public_url}/audio/prompts/{piece.part}.{prompt.locale}?v={etag[:8]}")
