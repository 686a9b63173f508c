"""Every sentence of the pages exists in both languages, and the compiled files are up to date."""

import ast
import io
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

WEB = Path(__file__).parents[2] / "callcenter" / "web"
KEYWORDS = {"_": None, "_l": None, "gettext": None, "ngettext": (1, 2), "plural": (1, 2)}
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]


@pytest.fixture(scope="module")
def said() -> set[object]:
    """Every sentence in the code and the templates."""
    options = {"templates/**.html": {"extensions": "jinja2.ext.do"}}
    found = extract_from_dir(WEB, METHODS, options, KEYWORDS)
    return {message if isinstance(message, str) else message[0] for _, _, message, _, _ in found}


def _catalogue(locale: str) -> Catalog:
    folder = WEB / "translations" / locale / "LC_MESSAGES"
    return read_po(io.BytesIO((folder / "messages.po").read_bytes()))


def _key(message_id: object) -> object:
    return message_id[0] if isinstance(message_id, tuple | list) else message_id


@pytest.mark.parametrize("locale", ["nl", "en"])
def test_every_sentence_has_its_words_and_no_word_is_left_over(locale: str, said: set[object]) -> None:
    catalogue = _catalogue(locale)
    known = {_key(message.id) for message in catalogue if message.id}
    assert said - known == set()
    assert known - said == set()
    assert [message.id for message in catalogue if message.id and (not message.string or message.fuzzy)] == []
    assert [error for message in catalogue if message.id for error in message.check(catalogue)] == []


def test_no_sentence_stands_inside_an_f_string() -> None:
    # Babel finds such a sentence on Python 3.12 and later and overlooks it on 3.11.
    overlooked = [
        f"{path.relative_to(WEB)}:{call.lineno}"
        for path in sorted(WEB.rglob("*.py"))
        for text in ast.walk(ast.parse(path.read_text()))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in KEYWORDS
    ]
    assert overlooked == []


@pytest.mark.parametrize("locale", ["nl", "en"])
def test_the_compiled_words_are_in_step(locale: str) -> None:
    compiled = read_mo(io.BytesIO((WEB / "translations" / locale / "LC_MESSAGES" / "messages.mo").read_bytes()))

    def spoken(catalogue: Catalog) -> dict[object, object]:
        return {
            _key(message.id): message.string if isinstance(message.string, str) else tuple(message.string or ())
            for message in catalogue
            if message.id
        }

    assert spoken(compiled) == spoken(_catalogue(locale))
