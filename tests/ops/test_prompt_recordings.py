"""The office's own recordings are stored, listed and removed."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session, sessionmaker

from callcenter.errors import InvalidInput, NotFound
from callcenter.telephony.audio import ring_tone
from callcenter.telephony.prompts.recordings import LARGEST_BYTES, outdated, recorded, recording, remove, upload
from callcenter.telephony.records import PromptAudio

NOW = datetime(2027, 3, 26, 9, 0, tzinfo=UTC)


@pytest.fixture
def session(sessions: sessionmaker[Session]) -> Iterator[Session]:
    """A session on a fresh database."""
    with sessions() as session:
        yield session


def before_parts(session: Session, key: str) -> None:
    """A recording as it was stored before its words were stored with it."""
    old = {"content_type": "audio/wav", "etag": "0" * 32, "audio": ring_tone(1), "uploaded_by": "lead@example.nl"}
    session.add(PromptAudio(key=key, language="nl", words=None, uploaded_at=NOW, **old))
    session.flush()


def test_an_uploaded_recording_is_kept_and_replaced(session: Session) -> None:
    first = upload(session, "connecting", "nl", ring_tone(1), "audio/x-wav; codecs=1", "lead@example.nl", NOW)
    second = upload(session, "connecting", "nl", b"ID3" + bytes(9), "audio/mpeg", "lead@example.nl", NOW)
    assert first != second
    assert recorded(session) == {("connecting", "nl"): second}
    assert recording(session, "connecting", "nl").content_type == "audio/mpeg"


def test_a_removed_recording_is_no_longer_found(session: Session) -> None:
    upload(session, "connecting", "nl", ring_tone(1), "audio/wav", "lead@example.nl", NOW)
    remove(session, "connecting", "nl")
    assert recorded(session) == {}
    with pytest.raises(NotFound):
        recording(session, "connecting", "nl")


def test_a_text_with_a_variable_is_recorded_in_its_parts_and_the_refusal_names_them(session: Session) -> None:
    with pytest.raises(InvalidInput, match="callback_noted-1, callback_noted-2"):
        upload(session, "callback_noted", "nl", ring_tone(1), "audio/wav", "lead@example.nl", NOW)
    first = upload(session, "callback_noted-1", "nl", ring_tone(1), "audio/wav", "lead@example.nl", NOW)
    assert recorded(session) == {("callback_noted-1", "nl"): first}
    assert outdated(session) == set()


def test_a_recording_of_other_words_than_the_line_says_now_is_not_used(session: Session) -> None:
    upload(session, "connecting", "nl", ring_tone(1), "audio/wav", "lead@example.nl", NOW)
    session.execute(update(PromptAudio).values(words="Een ogenblik, ik verbind u door."))
    assert recorded(session) == {}
    assert outdated(session) == {("connecting", "nl")}


def test_a_recording_from_before_parts_is_used_only_where_the_text_has_no_variable(session: Session) -> None:
    for key in ("connecting", "callback_noted", "nobody"):
        before_parts(session, key)
    assert set(recorded(session)) == {("connecting", "nl")}
    assert outdated(session) == {("callback_noted", "nl"), ("nobody", "nl")}  # "nobody" was removed since


@pytest.mark.parametrize(
    ("key", "locale", "audio", "content_type", "field"),
    [
        ("no_such_prompt", "nl", ring_tone(1), "audio/wav", "key"),
        ("sms_help", "nl", ring_tone(1), "audio/wav", "key"),
        ("connecting-1", "nl", ring_tone(1), "audio/wav", "key"),
        ("callback_noted", "nl", ring_tone(1), "audio/wav", "key"),  # it would never say the time
        ("connecting", "de", ring_tone(1), "audio/wav", "language"),
        ("connecting", "nl", b"<html>", "audio/wav", "audio"),
        ("connecting", "nl", ring_tone(1), "image/png", "audio"),
        ("connecting", "nl", b"RIFF" + bytes(LARGEST_BYTES), "audio/wav", "audio"),
    ],
)
def test_what_cannot_be_played_is_refused(
    session: Session, key: str, locale: str, audio: bytes, content_type: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        upload(session, key, locale, audio, content_type, "lead@example.nl", NOW)
    assert refused.value.field == field
