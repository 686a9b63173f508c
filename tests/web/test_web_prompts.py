"""The administrator's page of recordings: which parts exist, and which are no longer played."""

import io

from callcenter.office import Office
from callcenter.telephony.audio import ring_tone
from callcenter.telephony.records import PromptAudio
from tests.web.conftest import LogIn, token_of
from tests.web.seed import ADMIN, NOW

PAGE = "/beheer/teksten"


def test_a_text_with_a_time_is_recorded_in_parts_and_spoken_until_all_are_there(log_in: LogIn) -> None:
    client = log_in(ADMIN)
    for part, done in (("callback_noted-1", "1 van 2 delen opgenomen"), ("callback_noted-2", None)):
        sent = {"csrf_token": token_of(client, PAGE), "key": part, "language": "nl"}
        sound = (io.BytesIO(ring_tone(1)), "a.wav", "audio/wav")
        assert client.post(PAGE, data={**sent, "audio": sound}).status_code == 303
        page = client.get(PAGE).text
        assert f"{PAGE}/{part}.nl" in page
        assert (done in page) if done else "delen opgenomen" not in page


def test_a_recording_of_the_whole_of_such_a_text_is_refused_and_its_parts_are_named(log_in: LogIn) -> None:
    client = log_in(ADMIN)
    sent = {"csrf_token": token_of(client, PAGE), "key": "callback_noted", "language": "nl"}
    refused = client.post(PAGE, data={**sent, "audio": (io.BytesIO(ring_tone(1)), "a.wav", "audio/wav")})
    said = refused.text if refused.status_code != 303 else client.get(PAGE).text
    assert "callback_noted-1, callback_noted-2" in said


def test_recordings_that_are_not_used_are_told_and_can_be_taken_away(log_in: LogIn, office: Office) -> None:
    with office.sessions.begin() as session:
        for key in ("callback_noted", "nobody", "goodbye"):
            old = {"content_type": "audio/wav", "etag": "0" * 32, "audio": ring_tone(1), "uploaded_by": ADMIN}
            words = "Tot ziens." if key == "goodbye" else None
            session.add(PromptAudio(key=key, language="nl", words=words, uploaded_at=NOW, **old))
    client = log_in(ADMIN)
    page = client.get(PAGE).text
    assert "In zijn geheel opgenomen: namen en tijden zouden niet genoemd worden." in page
    assert "De woorden zijn veranderd sinds deze opname." in page
    assert "Deze opnamen horen bij teksten die de lijn niet meer zegt." in page

    for key in ("callback_noted", "nobody", "goodbye"):
        client.post(
            f"{PAGE}/weg", data={"csrf_token": token_of(client, PAGE), "key": key, "language": "nl", "sure": "yes"}
        )
    page = client.get(PAGE).text
    assert "In zijn geheel opgenomen" not in page
    assert "De woorden zijn veranderd" not in page
    assert "niet meer zegt" not in page
