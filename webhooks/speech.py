"""Adds prompts to TwiML documents, as spoken text or as the office's own recordings."""

from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy.orm import Session

from callcenter.telephony.prompts.recordings import recorded
from callcenter.telephony.prompts.speaking import Prompt
from webhooks.door import TwilioRequest

# A newly uploaded recording is heard after at most this long.
_CACHED_FOR = timedelta(seconds=60)


class PromptBook:
    """The prompts that have a recording, cached for a minute: every document needs them and they change rarely."""

    def __init__(self) -> None:
        self._known: tuple[datetime, dict[tuple[str, str], str]] | None = None

    def etag(self, session: Session, now: datetime, part: str, locale: str) -> str | None:
        """The ETag of the recording of a prompt's part, None when it has none."""
        known = self._known
        if known is None or not timedelta(0) <= now - known[0] < _CACHED_FOR:
            # Without a lock, so two threads may both read: this session may have to wait for the other's transaction.
            known = self._known = (now, recorded(session))
        return known[1].get((part, locale))


def speak(parent: Any, prompt: Prompt, request: TwilioRequest) -> None:
    """Add a prompt to a document or to one of its `<Gather>`s.

    Recorded parts are played, and the variables between them are spoken. If any part has no recording, the whole prompt
    is spoken: two voices within one sentence sound broken.
    """
    book: PromptBook = current_app.extensions["callcenter_prompts"]
    session, now, locale = request.session, request.now, prompt.locale
    etags = {piece.part: book.etag(session, now, piece.part, locale) for piece in prompt.pieces if piece.part}
    if not etags or None in etags.values():
        parent.say(prompt.text, language=prompt.language, voice=prompt.voice)
        return
    for piece in prompt.pieces:
        etag = etags.get(piece.part) if piece.part else None
        if etag is None:
            parent.say(piece.text, language=prompt.language, voice=prompt.voice)
        else:
            parent.play(request.url(f"/audio/prompts/{piece.part}.{locale}?v={etag[:8]}"))
