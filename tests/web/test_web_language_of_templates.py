"""No page keeps the language of the first visitor: templates compile to the same whoever opens them first."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from flask import Flask
from jinja2 import nodes
from jinja2.filters import FILTERS

from callcenter.app import make_app
from callcenter.office import Office
from tests.support.visible_text import ENGLISH, english_in, visible_texts
from tests.web.conftest import token_of
from tests.web.seed import PASSWORD, Seeded
from tests.web.test_web_browser import PAGES

TEMPLATES = Path(__file__).parents[2] / "callcenter" / "web" / "templates"
# What is the same in both languages.
NAMES = ("callcenter", "RBL", "PDF", "CSV", "zip", "NL", "EN", "Nederlands", "English")
SAME = (
    *("account", "browser", "callcenter", "code", "extra", "filters", "login", "logins", "min", "num", "open"),
    *("partner", "passkey", "passkeys"),
    *("school", "share", "was", "week", "year", "wait"),
)
# The author of the rota, and the name by which the lead's address is shown.
TYPED = r"\bteam lead\b|^lead$"
# These show the log-ins of this test itself, of which there are more later on.
_COUNT_LOG_INS = ("/mijn-login", "/beheer/logboek")


def _filters_of_constants(app: Flask) -> Iterator[str]:
    """Each use of a filter of ours that Jinja could evaluate when it compiles the template."""
    env = app.jinja_env
    for name in env.list_templates():
        if not name.endswith(".html"):
            continue
        assert env.loader is not None
        source, _, _ = env.loader.get_source(env, name)
        for used in env.parse(source, name).find_all(nodes.Filter):
            if used.name in FILTERS:
                continue
            try:
                used.as_const(nodes.EvalContext(env, name))
            except nodes.Impossible:
                continue
            yield f"{name}:{used.lineno} {used.name}"


def test_jinja_evaluates_no_filter_of_ours_when_it_compiles(app: Flask) -> None:
    with app.test_request_context():
        assert list(_filters_of_constants(app)) == []


@pytest.mark.parametrize("name", ["role", "presence_word", "outcome", "moment", "span", "number", "datetimeformat"])
def test_every_filter_waits_for_its_visitor(app: Flask, name: str) -> None:
    with app.test_request_context():
        text = app.jinja_env.parse("{{ 'backup'|" + name + " }}").find(nodes.Filter)
        assert text is not None
        with pytest.raises(nodes.Impossible):
            text.as_const(nodes.EvalContext(app.jinja_env, "any.html"))


def _walk(app: Flask, seeded: Seeded, locale: str) -> dict[str, str]:
    """Every page's text in this language, by its address."""
    shown = {}
    for email, paths in PAGES.items():
        client = app.test_client()
        token = token_of(client, "/inloggen")
        if email is not None:
            client.post("/inloggen", data={"email": email, "password": PASSWORD, "csrf_token": token})
        token = token_of(client, "/mijn-login" if email else "/inloggen")
        client.post("/taal", data={"locale": locale, "csrf_token": token})
        for path in paths:
            if path not in _COUNT_LOG_INS:
                shown[f"{email} {path}"] = _without_tokens(client.get(path.format(**vars(seeded))).text)
    return shown


def _without_tokens(page: str) -> str:
    return re.sub(r'name="csrf_token" value="[^"]*"| data-(stamp|token)="[^"]*"', "", page)


def test_every_page_is_the_same_whichever_language_was_asked_for_first(office: Office, seeded: Seeded) -> None:
    dutch_first, english_first = make_app(office), make_app(office)
    dutch, then_english = _walk(dutch_first, seeded, "nl"), _walk(dutch_first, seeded, "en")
    english, then_dutch = _walk(english_first, seeded, "en"), _walk(english_first, seeded, "nl")
    assert then_english == english
    assert then_dutch == dutch
    assert "achterwacht" in dutch["lead@rbl.example /"]
    assert "achterwacht" not in english["lead@rbl.example /"]
    assert {path: found for path, page in then_dutch.items() if (found := english_in(page, TYPED))} == {}


def test_no_template_has_a_text_of_its_own() -> None:
    """Every text of a template stands in a catalogue, but for names and signs."""
    own = []
    for path in sorted(TEMPLATES.glob("*.html")):
        # The style page is for developers; live_marks.html is the inside of a tag.
        if path.name in ("explained_nl.html", "explained_en.html", "style.html", "live_marks.html"):
            continue
        source = re.sub(r"{% block body\w* %}.*?{% endblock %}", "", path.read_text())
        source = re.sub(r"{% macro at\(.*?{% endmacro %}", "", source)  # the inside of a tag
        source = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", "", source, flags=re.DOTALL)
        own += [f"{path.name}: {text}" for text in visible_texts(source) if _is_said(text)]
    assert own == []


def _is_said(text: str) -> bool:
    return any(word not in NAMES for word in re.findall(r"[^\W\d_]{2,}", text))


def test_what_is_the_same_in_dutch_is_a_name_or_the_same_word() -> None:
    catalogue = read_po(io.BytesIO((TEMPLATES.parent / "translations/nl/LC_MESSAGES/messages.po").read_bytes()))
    same = {str(one.id) for one in catalogue if one.id and one.string == one.id and re.search(r"[a-z]{3}", str(one.id))}
    assert [text for text in same if not set(re.findall(r"[a-z]{3,}", text.lower())) <= {*SAME}] == []
    said = [
        text
        for one in catalogue
        if one.id
        for text in ([one.string] if isinstance(one.string, str) else one.string or ())
    ]
    assert [text for text in said if ENGLISH.search(re.sub(r"%\(\w+\)s|callcenter [a-z ]+|docs/\S+", "", text))] == []
