"""The office's own recordings are kept, told and taken away again."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session, sessionmaker

from callcenter.errors import InvalidInput, NotFound
from callcenter.telephony.audio import ring_tone
from callcenter.telephony.prompts.recordings import LARGEST_BYTES, recorded, recording, remove, upload

NOW = datetime(2027, 3, 26, 9, 0, tzinfo=UTC)


@pytest.fixture
def session(sessions: sessionmaker[Session]) -> Iterator[Session]:
    """One unit of work on a fresh database."""
    with sessions() as session:
        yield session


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


@pytest.mark.parametrize(
    ("key", "locale", "audio", "content_type", "field"),
    [
        ("no_such_prompt", "nl", ring_tone(1), "audio/wav", "key"),
        ("sms_help", "nl", ring_tone(1), "audio/wav", "key"),
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
