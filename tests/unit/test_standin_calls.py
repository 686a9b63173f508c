"""Inbound calls on the stand-in: documents, keys, messages, and hanging up at every stage."""

import pytest

from callcenter.standin.people.scripts import hang_up, press
from callcenter.standin.twilio.recordings import mp3, wav
from callcenter.standin.twilio.sounds import seconds_of
from tests.support.toy_product import BASE, LINE, SCHOOL, Product, a_client, an_office, twiml

HOLD = twiml('<Gather numDigits="1" timeout="5" action="/pressed"><Say>Wacht u even.</Say></Gather>', "<Hangup/>")


def test_the_first_request_tells_all_about_the_call() -> None:
    product = Product({"/webhooks/voice": twiml("<Say>Goedemorgen</Say>")})
    office = an_office(product)
    caller = office.caller(SCHOOL).dials(LINE)
    office.settle()
    params, headers = product.seen[0][1], product.seen[0][2]
    expected = {"From": SCHOOL, "To": LINE, "CallStatus": "ringing", "Direction": "inbound", "ApiVersion": "2010-04-01"}
    assert expected.items() <= params.items()
    assert params["CallSid"] == caller.sid
    assert len(caller.sid) == 34
    assert headers["HTTP_I_TWILIO_IDEMPOTENCY_TOKEN"]
    assert "ForwardedFrom" not in params


def test_the_number_hears_only_of_the_end() -> None:
    product = Product({"/webhooks/voice": twiml("<Pause length='61'/>")})
    office = an_office(product)
    caller = office.caller(SCHOOL).dials(LINE)
    office.settle()
    assert product.paths() == ["/webhooks/voice", "/webhooks/voice/status"]
    end = product.asked("/webhooks/voice/status")[0]
    assert (end["CallStatus"], end["CallDuration"], end["Duration"]) == ("completed", "61", "2")
    assert end["CallbackSource"] == "call-progress-events"
    assert end["Timestamp"].endswith("+0000")
    assert caller.status == "completed"


def test_a_withheld_number_and_a_forwarded_call_are_told_as_twilio_tells_them() -> None:
    product = Product({"/webhooks/voice": twiml("<Hangup/>")})
    office = an_office(product)
    office.caller(None).dials(LINE, forwarded_from="0600000001")
    office.settle()
    assert product.seen[0][1]["From"] == "+266696687"
    assert product.seen[0][1]["ForwardedFrom"] == "0600000001"


def test_speech_takes_its_time_and_audio_as_long_as_the_file() -> None:
    product = Product(
        {
            "/webhooks/voice": twiml("<Say>" + "a" * 30 + "</Say>", '<Play loop="2">/ring.wav</Play>'),
            "/ring.wav": lambda _: (200, "audio/wav", ""),
        }
    )
    office = an_office(product)
    office.exchange.sounds._seconds[f"{BASE}/ring.wav"] = 3.0
    caller = office.caller(SCHOOL).dials(LINE)
    office.settle()
    spoken, played = caller.heard[-2:]
    assert (spoken.until - spoken.at).total_seconds() == 2
    assert (played.until - played.at).total_seconds() == 6


@pytest.mark.parametrize("audio", [wav(7), mp3(7)])
def test_the_length_of_audio_is_read_from_the_file(audio: bytes) -> None:
    assert seconds_of(audio) == pytest.approx(7, abs=0.05)


def test_audio_that_is_not_there_is_an_error_and_passed_over() -> None:
    product = Product({"/webhooks/voice": twiml("<Play>/gone.wav</Play><Say>Verder</Say>"), "/gone.wav": (404, "", "")})
    office = an_office(product)
    caller = office.caller(SCHOOL).dials(LINE)
    office.settle()
    assert caller.said() == "Verder"
    assert [alert.code for alert in office.alerts] == [11200]


def test_a_key_ends_the_prompt_at_once_and_is_sent_to_the_action() -> None:
    product = Product({"/webhooks/voice": HOLD, "/pressed": twiml("<Say>Genoteerd</Say>")})
    office = an_office(product)
    caller = office.caller(SCHOOL).dials(LINE, script=[press("1", when="gather", after_s=0.3)])
    office.settle()
    pressed = product.asked("/pressed")
    assert [params["Digits"] for params in pressed] == ["1"]
    assert pressed[0]["CallStatus"] == "in-progress"
    prompt = next(heard for heard in caller.heard if heard.text == "Wacht u even.")
    assert (prompt.until - prompt.at).total_seconds() == pytest.approx(0.3)


def test_no_key_lets_the_document_go_on_unless_an_empty_result_is_wanted() -> None:
    product = Product({"/webhooks/voice": HOLD, "/pressed": twiml()})
    office = an_office(product)
    office.caller(SCHOOL).dials(LINE)
    office.settle()
    assert not product.asked("/pressed")
    product.pages["/webhooks/voice"] = twiml('<Gather actionOnEmptyResult="true" action="/pressed"/>')
    office.caller(SCHOOL).dials(LINE)
    office.settle()
    assert [params["Digits"] for params in product.asked("/pressed")] == [""]


def test_a_number_is_keyed_in_and_closed_with_hash() -> None:
    product = Product({"/webhooks/voice": twiml('<Gather action="/number" timeout="5"/>'), "/number": twiml()})
    office = an_office(product)
    office.caller(None).dials(LINE, script=[press("0612345678#", when="gather")])
    office.settle()
    params = product.asked("/number")[0]
    assert (params["Digits"], params["FinishedOnKey"]) == ("0612345678", "#")


def test_a_key_outside_a_gather_is_lost() -> None:
    product = Product({"/webhooks/voice": twiml("<Say>" + "a" * 150 + "</Say>", '<Gather action="/pressed"/>')})
    office = an_office(product)
    office.caller(SCHOOL).dials(LINE, script=[press("1", when="say")])
    office.settle()
    assert not product.asked("/pressed")


RECORD = twiml(
    '<Record action="/recorded" maxLength="60" timeout="5" recordingStatusCallback="/recording" '
    'recordingStatusCallbackEvent="completed absent"/>',
    "<Say>Niets gehoord</Say>",
)


def test_a_message_is_told_to_the_action_and_its_file_a_moment_later() -> None:
    product = Product({"/webhooks/voice": RECORD, "/recorded": twiml("<Say>Dank u</Say>")})
    office = an_office(product)
    caller = office.caller(SCHOOL).dials(LINE, message=12, then="hash")
    office.settle()
    assert product.paths() == ["/webhooks/voice", "/recorded", "/webhooks/voice/status", "/recording"]
    action, status = product.asked("/recorded")[0], product.asked("/recording")[0]
    assert (action["RecordingDuration"], action["Digits"], action["CallStatus"]) == ("12", "#", "in-progress")
    assert (status["RecordingStatus"], status["RecordingSource"]) == ("completed", "RecordVerb")
    assert status["RecordingUrl"] == action["RecordingUrl"]
    assert caller.said() == "Dank u"


def test_hanging_up_after_speaking_leaves_a_message() -> None:
    product = Product({"/webhooks/voice": RECORD, "/recorded": twiml("<Say>Dank u</Say>")})
    office = an_office(product)
    caller = office.caller(SCHOOL).dials(LINE, message=8)
    office.settle()
    action = product.asked("/recorded")[0]
    assert (action["CallStatus"], action["Digits"], action["RecordingDuration"]) == ("completed", "hangup", "8")
    assert sorted(product.paths()[1:]) == ["/recorded", "/recording", "/webhooks/voice/status"]
    assert caller.said() == ""


def test_silence_after_the_tone_gives_no_action_and_the_next_verb() -> None:
    product = Product({"/webhooks/voice": RECORD})
    office = an_office(product)
    caller = office.caller(SCHOOL).dials(LINE, message=0)
    office.settle()
    assert not product.asked("/recorded")
    assert [params["RecordingStatus"] for params in product.asked("/recording")] == ["absent"]
    assert caller.said() == "Niets gehoord"


def test_a_message_ends_at_its_limit() -> None:
    product = Product({"/webhooks/voice": RECORD, "/recorded": twiml()})
    office = an_office(product)
    office.caller(SCHOOL).dials(LINE, message=300)
    office.settle()
    assert product.asked("/recorded")[0]["RecordingDuration"] == "60"


@pytest.mark.parametrize(
    ("document", "stage", "still_asked"),
    [
        (twiml("<Say>" + "a" * 300 + "</Say>"), "say", []),
        (twiml("<Pause length='20'/>"), "pause", []),
        (twiml('<Gather action="/action" timeout="30"/>'), "gather", []),
        (twiml('<Record action="/action"/>'), "record", []),
        (twiml('<Dial action="/action">+31600000001</Dial>'), "dial", ["/action"]),
        (twiml('<Dial action="/action"><Conference>a</Conference></Dial>'), "conference", ["/action"]),
    ],
)
def test_what_still_comes_when_the_caller_leaves(document: str, stage: str, still_asked: list[str]) -> None:
    product = Product({"/webhooks/voice": document})
    office = an_office(product)
    office.caller(SCHOOL).dials(LINE, script=[hang_up(when=stage, after_s=1.5)])
    office.settle()
    assert sorted(product.paths()[1:]) == sorted([*still_asked, "/webhooks/voice/status"])
    assert {params["CallStatus"] for params in product.asked("/action")} <= {"completed"}


def test_leaving_before_anything_answered_is_no_answer() -> None:
    product = Product({"/webhooks/voice": twiml("<Say>Goedemorgen</Say>")})
    office = an_office(product)
    caller = office.caller(SCHOOL).dials(LINE, script=[hang_up(at_s=0.01)])
    office.settle()
    assert caller.status == "no-answer"
    assert product.asked("/webhooks/voice/status")[0]["CallDuration"] == "0"


def test_a_rejected_call_is_never_answered() -> None:
    product = Product({"/webhooks/voice": twiml('<Reject reason="busy"/>')})
    office = an_office(product)
    caller = office.caller(SCHOOL).dials(LINE)
    office.settle()
    assert caller.status == "busy"
    assert caller.call.answered_at is None


@pytest.mark.parametrize(
    ("page", "code"),
    [
        ((500, "text/html", "oops"), 11200),
        ((200, "text/plain", "<Response/>"), 12300),
        ((200, "text/xml", "<Response><Foo/></Response>"), 12200),
        ((200, "text/xml", ""), 12100),
    ],
)
def test_a_failing_first_address_is_replaced_by_the_fallback(page: tuple[int, str, str], code: int) -> None:
    product = Product({"/webhooks/voice": page, "/webhooks/voice/fallback": twiml("<Say>Er gaat iets mis</Say>")})
    office = an_office(product)
    caller = office.caller(SCHOOL).dials(LINE)
    office.settle()
    params = product.asked("/webhooks/voice/fallback")[0]
    assert params["ErrorCode"] == str(code)
    assert params["ErrorUrl"] == f"{BASE}/webhooks/voice"
    assert caller.said() == "Er gaat iets mis"
    assert [alert.code for alert in office.alerts] == [code]


def test_a_failing_step_goes_to_the_numbers_fallback_too() -> None:
    product = Product(
        {
            "/webhooks/voice": twiml("<Redirect>/next</Redirect>"),
            "/next": (503, "", ""),
            "/webhooks/voice/fallback": twiml("<Say>Spreek in</Say>"),
        }
    )
    office = an_office(product)
    caller = office.caller(SCHOOL).dials(LINE)
    office.settle()
    assert caller.said() == "Spreek in"


def test_without_any_answer_twilio_apologises_and_hangs_up() -> None:
    office = an_office(Product({"/webhooks/voice": (500, "", ""), "/webhooks/voice/fallback": (500, "", "")}))
    caller = office.caller(SCHOOL).dials(LINE)
    office.settle()
    assert [heard.what for heard in caller.heard] == ["ringback", "error"]
    assert caller.status == "completed"


def test_somebody_who_gives_up_rings_again_and_somebody_helped_does_not() -> None:
    product = Product({"/webhooks/voice": twiml("<Pause length='100'/>")})
    office = an_office(product)
    again = office.caller(SCHOOL).dials(LINE, patience=20, again_after=60)
    office.run_for(600)
    assert len(again.calls) == 2
    product.pages = {"/webhooks/voice": RECORD, "/recorded": twiml()}
    content = office.caller(SCHOOL).dials(LINE, patience=20, message=30, again_after=60)
    office.run_for(600)
    assert len(content.calls) == 1


def test_the_longest_silence_and_the_wait_are_measured() -> None:
    product = Product({"/webhooks/voice": twiml("<Say>Hallo</Say>", "<Pause length='4'/>", "<Say>Nog even</Say>")})
    office = an_office(product)
    caller = office.caller(SCHOOL).dials(LINE)
    office.settle()
    assert caller.longest_silence_s() == pytest.approx(4)
    assert caller.call.ended_at is not None
    assert caller.wait_s() == pytest.approx((caller.call.ended_at - caller.call.created_at).total_seconds())


def test_a_message_can_be_listened_to_and_deleted_by_rest() -> None:
    product = Product({"/webhooks/voice": RECORD, "/recorded": twiml()})
    office = an_office(product)
    office.caller(SCHOOL).dials(LINE, message=3)
    office.settle()
    client = a_client(office)
    (recording,) = client.recordings.list()
    assert (recording.duration, recording.status) == ("3", "completed")
    auth = (office.rest.account.sid, office.rest.account.auth_token)
    media = office.http_client().get(product.asked("/recording")[0]["RecordingUrl"] + ".wav", auth)
    assert (media.status, media.headers) == (200, {"Content-Type": "audio/x-wav"})
    assert seconds_of(media.data) == 3
    assert client.recordings(recording.sid).delete()
    assert client.recordings.list() == []
