"""The page of the spoken texts, and of the office's own recordings that replace the synthesised voice."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, flash, redirect, render_template, request, url_for

from callcenter.access.audit import note as audit
from callcenter.errors import InvalidInput
from callcenter.telephony.audio import sound_type
from callcenter.telephony.prompts.recordings import (
    LARGEST_BYTES,
    outdated,
    recorded,
    recording,
    remove,
    upload,
)
from callcenter.telephony.prompts.speaking import LANGUAGES, key_of, parts
from callcenter.telephony.prompts.texts import TEXTS, audience
from callcenter.web.locale import _
from callcenter.web.page import ADMINS, Page, now, pages, read, visitor, writing
from callcenter.web.sure import asks_first

blueprint = pages("admin_prompts", ADMINS)


@dataclass(frozen=True, slots=True)
class PartRow:
    """A part of a text that can be recorded. recording: `used`, `outdated`, or empty when there is none."""

    name: str
    words: str
    recording: str


@dataclass(frozen=True, slots=True)
class TextCell:
    """A text in one language. whole: there is an old recording of the whole text, which is no longer played."""

    text: str
    parts: Sequence[PartRow]
    whole: bool

    @property
    def done(self) -> int:
        """The number of parts whose recording is played."""
        return sum(part.recording == "used" for part in self.parts)


@blueprint.get("/beheer/teksten")
def prompts() -> Page:
    """Every spoken text in both languages, with the parts that can be recorded."""
    used, old = recorded(read()), outdated(read())

    def cell(key: str, text: str, language: str) -> TextCell:
        rows = [
            PartRow(part, words, "used" if (part, language) in used else "outdated" if (part, language) in old else "")
            for part, words in parts(key, language).items()
        ]
        return TextCell(text, rows, (key, language) in old and all(row.name != key for row in rows))

    spoken = {
        key: {"nl": cell(key, text.nl, "nl"), "en": cell(key, text.en, "en")}
        for key, text in TEXTS.items()
        if audience(key) != "sms"
    }
    gone = sorted((part, language) for part, language in old if key_of(part) not in spoken)
    return render_template("admin_prompts.html", texts=spoken, gone=gone, languages=LANGUAGES)


@blueprint.post("/beheer/teksten")
def add() -> Page:
    """Store a recording, which is played from the next call on. Raises InvalidInput when there is no usable file."""
    file = request.files.get("audio")
    if file is None or not file.filename:
        raise InvalidInput("audio", _("choose a WAV or MP3 file"))
    audio = file.stream.read(LARGEST_BYTES + 1)
    key, language = request.form.get("key", ""), request.form.get("language", "")
    with writing() as session:
        upload(session, key, language, audio, file.mimetype, visitor().email, now())
        audit(session, now(), visitor().email, "prompt_uploaded", f"prompt:{key}:{language}"[:60])
    flash(_("The line uses this recording from the next call on."))
    return redirect(url_for(".prompts"), 303)


@blueprint.post("/beheer/teksten/weg")
def take_away() -> Page:
    """Remove a recording, after asking. The text is synthesised again."""
    key, language = request.form.get("key", ""), request.form.get("language", "")
    title = _("Take the recording %(key)s (%(language)s) away?", key=key, language=language.upper())
    follows = [
        _("The line speaks the text again, from the next call on."),
        _("The recording is erased: keep the file if you may need it."),
    ]
    question = asks_first(title, follows, _("Yes, take it away"), url_for(".prompts"))
    if question is not None:
        return question
    with writing() as session:
        remove(session, key, language)
        audit(session, now(), visitor().email, "prompt_removed", f"prompt:{key}:{language}"[:60])
    flash(_("The line speaks the text again."))
    return redirect(url_for(".prompts"), 303)


@blueprint.get("/beheer/teksten/<key>.<language>")
def listen(key: str, language: str) -> Page:
    """The audio of one recording."""
    found = recording(read(), key, language)
    return Response(found.audio, content_type=sound_type(found.content_type))
