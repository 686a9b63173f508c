"""The office's own recordings are played, and the variable parts between them are always spoken."""

import pytest

from callcenter.standin.people.scripts import press
from callcenter.telephony.audio import ring_tone
from callcenter.telephony.prompts.recordings import upload
from callcenter.telephony.records import PromptAudio
from tests.support.invariants import breaches
from tests.support.town import LINE, TUESDAY_MORNING, MakeTown, Town


def record(town: Town, *parts: str) -> None:
    with town.sessions.begin() as session:
        for part in parts:
            upload(session, part, "nl", ring_tone(2), "audio/wav", "admin@example.nl", TUESDAY_MORNING)


def heard_after_1(town: Town) -> list[str]:
    """What a caller hears after asking for a callback: spoken words, or the address of a recording."""
    caller = town.somebody().dials(LINE, script=[press("1", at_s=9)])
    town.live()
    assert breaches(town) == []
    heard = [entry.text.rpartition("/")[2].partition("?")[0] for entry in caller.heard if entry.what in ("say", "play")]
    return heard[heard.index("goodbye.nl") - 3 : heard.index("goodbye.nl")]


def test_a_recorded_confirmation_tells_the_time(a_small_town: MakeTown) -> None:
    town = a_small_town()
    record(town, "callback_noted-1", "callback_noted-2", "goodbye")
    first, when, last = heard_after_1(town)
    assert (first, last) == ("callback_noted-1.nl", "callback_noted-2.nl")
    assert when.startswith("vandaag")


def test_while_a_part_is_missing_the_whole_sentence_is_spoken(a_small_town: MakeTown) -> None:
    town = a_small_town()
    record(town, "callback_noted-1", "goodbye")
    assert heard_after_1(town)[-1].startswith("Genoteerd. U wordt vandaag")


@pytest.mark.parametrize("key", ["callback_noted", "greeting_school"])
def test_a_recording_from_before_the_parts_swallows_no_variable(a_small_town: MakeTown, key: str) -> None:
    town = a_small_town()
    record(town, "goodbye")
    with town.sessions.begin() as session:
        old = PromptAudio(key=key, language="nl", content_type="audio/wav", etag="0" * 32, audio=ring_tone(1))
        old.uploaded_at, old.uploaded_by = TUESDAY_MORNING, "admin@example.nl"
        session.add(old)
    assert heard_after_1(town)[-1].startswith("Genoteerd. U wordt vandaag")
    assert "openbare basisschool De Wegwijzer" in town.heard(town.standin.callers[0])
