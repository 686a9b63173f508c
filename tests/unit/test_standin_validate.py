"""The stand-in refuses the TwiML that Twilio refuses, and only that."""

import pytest

from callcenter.standin.twilio.twiml import Document, parse
from callcenter.standin.twilio.validate import Problem

VALID = [
    "<Response/>",
    '<Response><Say language="nl-NL" voice="Polly.Lotte">Goedemorgen</Say><Pause length="2"/></Response>',
    '<Response><Say voice="Google.nl-NL-Standard-A">Hoi</Say></Response>',
    '<Response><Play loop="2">https://a.example/ring.wav</Play><Redirect method="GET">/next?n=2</Redirect></Response>',
    '<Response><Gather input="dtmf" numDigits="1" timeout="0" action="pressed"><Play>/r.wav</Play></Gather></Response>',
    '<Response><Gather finishOnKey="" actionOnEmptyResult="true"/></Response>',
    '<Response><Record maxLength="120" timeout="5" playBeep="true" finishOnKey="#" action="/r" trim="trim-silence" '
    'recordingStatusCallback="/rec" recordingStatusCallbackEvent="completed absent"/></Response>',
    '<Response><Dial timeout="20" callerId="+31858880000" action="/d" answerOnBridge="true" ringTone="nl">'
    '<Number url="/s" statusCallback="/n" statusCallbackEvent="initiated answered">+31600000001</Number></Dial>'
    "</Response>",
    "<Response><Dial>+31600000001</Dial></Response>",
    '<Response><Dial><Conference waitUrl="" startConferenceOnEnter="true" endConferenceOnExit="false" beep="false" '
    'maxParticipants="2" participantLabel="caller" statusCallbackEvent="start end join leave" '
    'statusCallback="/c">call-17</Conference></Dial></Response>',
    '<Response><Reject reason="busy"/></Response>',
    "<?xml version='1.0' encoding='UTF-8'?><Response><!-- thanks --><Hangup/></Response>",
]


@pytest.mark.parametrize("text", VALID)
def test_valid_documents_are_accepted(text: str) -> None:
    assert isinstance(parse(text), Document)


INVALID = [
    ("", 12100),
    ("<Response>", 12100),
    ("<Reponse/>", 12100),
    ("<Response><say>hoi</say></Response>", 12200),
    ("<Response><Speak>hoi</Speak></Response>", 12200),
    ("<Response>hoi</Response>", 12200),
    ('<Response><Say lang="nl">hoi</Say></Response>', 12200),
    ('<Response><Say language="Dutch">hoi</Say></Response>', 13510),
    ("<Response><Say></Say></Response>", 13520),
    (f"<Response><Say>{'a' * 4097}</Say></Response>", 13520),
    ("<Response><Play>ring tone</Play></Response>", 13410),
    ('<Response><Pause length="two"/></Response>', 13910),
    ('<Response><Gather numDigits="0"/></Response>', 13330),
    ('<Response><Gather timeout="auto"/></Response>', 13330),
    ('<Response><Gather method="PUT"/></Response>', 13330),
    ("<Response><Gather><Record/></Gather></Response>", 12200),
    ("<Response><Gather><Hangup/></Gather></Response>", 12200),
    ("<Response><Redirect/></Response>", 12100),
    ('<Response><Record maxLength="0"/></Response>', 13610),
    ("<Response><Dial/></Response>", 13223),
    ("<Response><Dial><Number>0612345678</Number></Dial></Response>", 13223),
    ('<Response><Dial timeout="700">+31600000001</Dial></Response>', 13210),
    ('<Response><Dial callerId="RBL">+31600000001</Dial></Response>', 13210),
    ("<Response><Dial><Say>x</Say></Dial></Response>", 12200),
    ("<Response><Dial><Conference>a</Conference><Number>+31600000001</Number></Dial></Response>", 12200),
    (f"<Response><Dial>{'<Number>+31600000001</Number>' * 11}</Dial></Response>", 13221),
    ("<Response><Dial><Conference></Conference></Dial></Response>", 13224),
    ('<Response><Dial><Conference beep="no">a</Conference></Dial></Response>', 13230),
    ('<Response><Dial><Conference statusCallbackEvent="participant-join">a</Conference></Dial></Response>', 13230),
    ('<Response><Reject reason="later"/></Response>', 13810),
    ("<Response><Message>hoi</Message></Response>", 12200),
    (f"<Response><!--{'x' * 65536}--></Response>", 11750),
]


@pytest.mark.parametrize(("text", "code"), INVALID)
def test_invalid_documents_get_their_error_code(text: str, code: int) -> None:
    problem = parse(text)
    assert isinstance(problem, Problem)
    assert problem.code == code, problem.text


@pytest.mark.parametrize(
    ("verb", "place", "ok"),
    [
        ("<Gather/>", "wait", False),
        ("<Hangup/>", "wait", False),
        ("<Play>https://a.example/x.mp3</Play>", "wait", True),
        ("<Dial>+31600000001</Dial>", "screen", False),
        ("<Gather/>", "screen", True),
        ("<Message>dank u</Message>", "message", True),
        ("<Message><Body>dank u</Body></Message>", "message", True),
        ("<Say>dank u</Say>", "message", False),
    ],
)
def test_what_is_allowed_depends_on_where_a_document_is_played(verb: str, place: str, ok: bool) -> None:
    assert isinstance(parse(f"<Response>{verb}</Response>", place), Document) == ok


def test_verbs_in_a_wait_document_have_a_code_of_their_own() -> None:
    problem = parse("<Response><Gather/></Response>", "wait")
    assert isinstance(problem, Problem)
    assert problem.code == 13238
