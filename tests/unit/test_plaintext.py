"""Texts from outside hold no control characters, and no document for Twilio holds what XML cannot."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml.voice_response import VoiceResponse

from callcenter.errors import InvalidInput
from callcenter.plaintext import NOT_XML, cleaned, odd_character, plain

NEVER = ["\0", "\x01", "\x08", "\x0b", "\x1b", "\x7f", "\x85", "\x9f", "\u202a", "\u202e", "\u2066", "\u2069"]
NEVER += ["\ud800", "\udfff", "\ufdd0", "\ufffe", "\uffff", "\U0001fffe", "\U0010ffff"]
ORDINARY = "Aïsha Ö. van der Wegwijzer-’s-Gravenhage ☎ 👩‍💻 עברית العربية 𐍈 ÿ"


@pytest.mark.parametrize("odd", NEVER)
def test_a_control_character_is_refused_and_named_and_left_out_when_nobody_can_be_asked(odd: str) -> None:
    assert odd_character(f"a{odd}b", lines=True) == f"U+{ord(odd):04X}"
    with pytest.raises(InvalidInput) as refused:
        plain("name", f"a{odd}b")
    assert refused.value.field == "name"
    assert cleaned(f"a{odd}b") == "ab"


def test_names_of_all_scripts_are_taken_as_they_are() -> None:
    assert plain("name", ORDINARY) == ORDINARY
    assert cleaned(ORDINARY) == ORDINARY


@pytest.mark.parametrize("ending", ["\n", "\r", "\t", "\u2028", "\u2029"])
def test_a_name_has_one_line_and_a_note_may_have_more(ending: str) -> None:
    text = f"eerste{ending}tweede"
    with pytest.raises(InvalidInput):
        plain("name", text)
    assert plain("note", text, lines=True) == text


@given(st.text() | st.text(st.sampled_from([*NEVER, "a", "<", "&", "\n"])))
def test_what_is_cleaned_can_be_stored_and_is_clean(text: str) -> None:
    assert odd_character(cleaned(text), lines=True) is None
    cleaned(text).encode()


@given(st.text() | st.text(st.sampled_from([*NEVER, "a", "<", "&", "]", ">", '"'])))
def test_a_document_that_says_any_text_is_valid_xml(text: str) -> None:
    response = VoiceResponse()
    response.say(text)
    document = NOT_XML.sub("", str(response))
    assert ElementTree.fromstring(document.encode())[0].tag == "Say"
