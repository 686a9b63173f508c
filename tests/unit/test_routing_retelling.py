"""What Twilio's list and documents tell of calls that are not stored; what they do not tell is not guessed."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from callcenter.routing.retelling import Lost, RungLeg, Story, could_be_of, retell
from callcenter.telephony.listed_calls import Asked, ListedCall, asked, callers_rung

START = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)
CALLER, LINE = "+31201230001", "+31858880000"
MOBILES = {"AIS": "+31620000001", "BRA": "+31620000002"}
HOLD = "<Response><Gather/><Redirect>/webhooks/call/7/hold?turn=2</Redirect></Response>"
OFFER = "<Response><Gather/><Redirect>/webhooks/call/7/record?turn=3</Redirect></Response>"
NOTED = "<Response><Say>Genoteerd.</Say><Hangup/></Response>"


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def a_call(sid: str = "CA1", began: float = 0, lasted: int = 200) -> ListedCall:
    return ListedCall(sid, CALLER, LINE, "completed", "inbound", after(began), lasted, None, after(began + lasted))


def a_leg(
    code: str = "AIS",
    began: float = 5,
    up: float | None = 10,
    over: float = 190,
    documents: Sequence[Asked] = (),
    parent: str | None = None,
) -> RungLeg:
    """A consultant's mobile: rung at `began`, picked up at `up` or not at all, over at `over`."""
    length = 0 if up is None else round(over - up)
    status = "no-answer" if up is None else "completed"
    direction = "outbound-dial" if parent else "outbound-api"
    sid = f"CA{code}{began:g}"
    listed = ListedCall(sid, LINE, MOBILES[code], status, direction, after(began), length, None, after(over), parent)
    return RungLeg(code, listed, documents)


def a_document(at: float, path: str, document: str = HOLD, **params: str) -> Asked:
    return Asked(f"/webhooks/{path}", document, params, after(at))


def joins(at: float, conference: str = "call-7-12") -> Asked:
    return a_document(at, "call/7/connect", f"<Response><Dial><Conference>{conference}</Conference></Dial></Response>")


def accepts(at: float, conference: str = "call-7-12") -> Asked:
    document = f"<Response><Dial><Conference beep='false'>{conference}</Conference></Dial><Hangup/></Response>"
    return a_document(at, "leg/12/key", document, digits="1")


GREETED = a_document(0, "voice")


def answered_by(story: Story) -> str | None:
    return story.talk.leg.consultant if story.talk else None


# With documents


def test_the_two_who_entered_one_conference_spoke() -> None:
    mine, other = a_leg("AIS", documents=[accepts(13)]), a_leg("BRA", documents=[accepts(14, "call-8-13")])
    story = retell(Lost(a_call(), [GREETED, joins(15)], [other, mine]))
    assert answered_by(story) == "AIS"
    assert story.talk is not None
    assert (story.talk.began_at, story.talk.ended_at) == (after(15), after(190))


def test_the_last_conference_counts_and_its_first_entry() -> None:
    gone = a_leg("AIS", over=16, documents=[accepts(13)])
    stays = a_leg("BRA", began=20, up=25, documents=[accepts(27, "call-7-14")])
    documents = [GREETED, joins(15), joins(30, "call-7-14"), joins(90, "call-7-14")]
    story = retell(Lost(a_call(), documents, [gone, stays]))
    assert answered_by(story) == "BRA"
    assert story.talk is not None
    assert story.talk.began_at == after(30)


@pytest.mark.parametrize(("left", "expected"), [(22, None), (80, "AIS")])
def test_a_consultant_who_left_at_once_before_a_message_was_offered_did_not_answer(
    left: float, expected: str | None
) -> None:
    """After a talk a message is offered too, when the database fails at its end."""
    leg = a_leg(over=left, documents=[accepts(14)])
    offered = a_document(90, "/webhooks/voice/fallback", OFFER)
    story = retell(Lost(a_call(), [joins(20), offered], [leg]))
    assert (answered_by(story), story.message_at) == (expected, after(90))


def test_a_mailbox_that_picked_up_is_no_answer() -> None:
    mailbox = a_leg(up=8, over=40)
    assert retell(Lost(a_call(lasted=60), [GREETED, a_document(10, "call/7/hold")], [mailbox])) == Story(told=True)


def test_a_conference_whose_only_leg_tells_nothing_is_that_legs() -> None:
    assert answered_by(retell(Lost(a_call(), [GREETED, joins(15)], [a_leg()]))) == "AIS"


def test_a_conference_with_two_legs_that_tell_nothing_is_unsure() -> None:
    story = retell(Lost(a_call(), [GREETED, joins(15)], [a_leg("AIS"), a_leg("BRA")]))
    assert (story.talk, story.unsure) == (None, ("AIS", "BRA"))


def test_over_dial_the_key_tells() -> None:
    key = a_document(14, "leg/12/key", "<Response/>", digits="1")
    leg = a_leg(parent="CA1", documents=[key])
    assert answered_by(retell(Lost(a_call(), [GREETED], [leg]))) == "AIS"
    late = a_document(14, "leg/12/key", "<Response><Say>Te laat.</Say><Hangup/></Response>", digits="1")
    assert answered_by(retell(Lost(a_call(), [GREETED], [a_leg(parent="CA1", documents=[late])]))) is None


@pytest.mark.parametrize(
    ("documents", "expected"),
    [
        ([a_document(30, "call/7/resume", OFFER)], Story(told=True, message_at=after(30))),
        (
            [a_document(9, "call/7/choice", NOTED, digits="1")],
            Story(told=True, message_at=after(9), wants_callback=True),
        ),
        ([a_document(9, "call/7/choice", HOLD, digits="1")], Story(told=True)),
        (
            [
                a_document(9, "call/7/choice", "<Response>/webhooks/call/7/keyed</Response>", digits="1"),
                a_document(20, "call/7/keyed", "<Response>/webhooks/call/7/checked</Response>", digits="0302345678"),
            ],
            Story(told=True, message_at=after(9), keyed="0302345678"),
        ),
        (
            [
                a_document(20, "call/7/keyed", "<Response>/webhooks/call/7/checked</Response>", digits="0302345678"),
                a_document(28, "call/7/checked", "<Response>/webhooks/call/7/keyed</Response>", digits="2"),
            ],
            Story(told=True, message_at=after(20)),
        ),
    ],
    ids=["offered a message", "a callback by key", "a key that asked for nothing", "a number", "a number withdrawn"],
)
def test_what_the_caller_chose(documents: list[Asked], expected: Story) -> None:
    assert retell(Lost(a_call(lasted=60), [GREETED, *documents])) == expected


def test_documents_that_we_never_gave_tell_that_nobody_was_rung() -> None:
    failed = Asked("/webhooks/voice", "service unavailable", {}, START)
    assert retell(Lost(a_call(lasted=5), [failed], [a_leg()])) == Story()


# Without documents


def test_a_long_leg_that_ended_with_the_call_and_can_be_of_no_other_was_a_talk() -> None:
    story = retell(Lost(a_call(), legs=[a_leg(up=None), a_leg("BRA")]), [a_call()])
    assert answered_by(story) == "BRA"
    assert story.talk is not None
    assert story.talk.by_length


@pytest.mark.parametrize(
    ("legs", "others"),
    [
        ([a_leg(over=100)], []),
        ([a_leg(over=110)], []),
        ([a_leg()], [a_call("CA2", began=2)]),
        ([a_leg("AIS"), a_leg("BRA")], []),
    ],
    ids=["as long as the question", "over long before the call", "another caller waited too", "two mobiles"],
)
def test_what_has_another_explanation_is_unsure(legs: list[RungLeg], others: list[ListedCall]) -> None:
    story = retell(Lost(a_call(), legs=legs), [a_call(), *others])
    assert story.talk is None
    assert story.unsure == tuple(sorted(leg.consultant for leg in legs))


def test_a_leg_of_another_talk_makes_nothing_unsure() -> None:
    leg = a_leg()
    assert retell(Lost(a_call(), legs=[leg]), [], {leg.call.sid}) == Story()


def test_nobody_who_picked_up_is_no_doubt() -> None:
    assert retell(Lost(a_call(lasted=40), legs=[a_leg(up=None), a_leg("BRA", up=None)])) == Story()


@pytest.mark.parametrize(
    ("leg", "expected"),
    [
        (a_leg(began=5), True),
        (a_leg(began=-10), False),
        (a_leg(began=210), False),
        (a_leg(began=500, parent="CA1"), True),
        (a_leg(began=5, parent="CA2"), False),
    ],
)
def test_a_leg_is_of_a_call_that_lasted_as_it_began_or_dialled_it(leg: RungLeg, expected: bool) -> None:
    assert could_be_of(a_call(), leg.call) is expected


# Twilio's answers


def test_a_caller_who_was_rung_is_the_child_of_a_consultants_leg() -> None:
    leg = a_leg().call
    child = ListedCall("CAx", LINE, CALLER, "completed", "outbound-dial", after(12), 80, None, after(95), leg.sid)
    of_a_caller = ListedCall("CAy", LINE, MOBILES["BRA"], "completed", "outbound-dial", after(1), 9, None, None, "CA1")
    (ring,) = callers_rung([child, of_a_caller, leg, a_call()], {number: code for code, number in MOBILES.items()})
    assert (ring.consultant, ring.leg, ring.to_caller) == ("AIS", leg, child)


def test_events_are_read_in_either_way_of_writing_and_what_is_odd_is_left_out() -> None:
    request = {"url": "https://here.example/webhooks/voice?x=1", "parameters": {"CallSid": "CA1", "digits": 1}}
    events = [
        (request, {"response_body": "<Response/>", "date_created": "2027-06-08T08:00:09Z"}),
        (request, {"response_body": None, "date_created": "Tue, 08 Jun 2027 08:00:01 +0000"}),
        (request, {"date_created": "some day"}),
        (None, {}),
        ({"url": 3}, None),
    ]
    found = asked(events)
    assert [(one.path, one.at) for one in found] == [
        ("/webhooks/voice", after(1)),
        ("/webhooks/voice", after(9)),
        ("/webhooks/voice", None),
    ]
    assert found[0].params == {"call_sid": "CA1", "digits": "1"}
