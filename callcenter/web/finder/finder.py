"""The search over everything: its page, and what its window shows while somebody types."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for
from sqlalchemy import Row

from callcenter.directory.queries import search
from callcenter.numbers import display
from callcenter.web import formats, words
from callcenter.web.active_rota import people
from callcenter.web.finder.queries import calls_of, open_callbacks_of
from callcenter.web.finder.typed_words import TypedWords, fits, typed_words
from callcenter.web.locale import _, current
from callcenter.web.menu import places
from callcenter.web.page import Page, now, pages, read, visitor

# So many of each kind: the list of a kind shows the others.
MOST = 5

blueprint = pages("finder")


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that was found. text: its name; beside: what tells it from others; address: its page."""

    text: str
    beside: str
    address: str


@dataclass(frozen=True, slots=True)
class Group:
    """What was found of one kind. more: the address of the list that shows all of them, None when there is none."""

    title: str
    found: Sequence[Found]
    more: str | None = None


@blueprint.get("/zoeken")
def find() -> Page:
    """The page: a field, and what was found. Works without scripts."""
    typed = typed_words(request.args.get("q", ""))
    return render_template("finder.html", typed=typed, groups=_groups(typed))


@blueprint.post("/zoeken")
def while_typing() -> Page:
    """What was found, alone. The words come in a form, since proxies note addresses in their logs."""
    typed = typed_words(request.form.get("q", ""))
    return render_template("finder_found.html", typed=typed, groups=_groups(typed))


def _groups(typed: TypedWords) -> list[Group]:
    """What this visitor may see of what was found; kinds of which nothing was found are left out."""
    if not typed.words:
        return [_pages(typed)]
    lead, own = visitor().leads, visitor().consultant
    kinds = [_pages(typed), *([_schools(typed), _calls(typed)] if lead else [])]
    if lead or own is not None:
        kinds.append(_callbacks(typed, None if lead else own))
    return [group for group in (*kinds, _colleagues(typed)) if group.found]


def _pages(typed: TypedWords) -> Group:
    """The pages with such a name; the menu's when nothing was typed."""
    named = [(place, str(place.label)) for place in places()]
    wanted = [
        (place, label) for place, label in named if fits(typed.words, label) or (not typed.words and place.in_menu)
    ]
    return Group(_("Pages"), [Found(label, "", url_for(place.endpoint)) for place, label in wanted])


def _schools(typed: TypedWords) -> Group:
    page = search(read(), typed.text, limit=MOST)
    found = [Found(one.name, _beside(one.place, one.id), url_for("schools.school", code=one.id)) for one in page.items]
    return Group(_("Schools"), found, url_for("schools.schools", q=typed.text) if page.next else None)


def _calls(typed: TypedWords) -> Group:
    calls = calls_of(read(), typed, MOST + 1)
    found = [
        Found(
            _caller(call.caller_name, call.from_number or call.keyed_number),
            _beside(call.caller_place, formats.moment(call.received_at, now(), current()), _became(call)),
            url_for("calls.call", call_id=call.id),
        )
        for call in calls[:MOST]
    ]
    more = url_for("calls.calls", number=typed.number) if typed.number and len(calls) > MOST else None
    return Group(_("Calls"), found, more)


def _callbacks(typed: TypedWords, owner: str | None) -> Group:
    """Open callbacks; only this consultant's own, when one is given."""
    page = "callbacks_one.callback" if owner is None else "mine.one"
    found = [
        Found(
            _caller(one.caller_name, one.number),
            _beside(one.caller_place, _("before %(when)s", when=formats.moment(one.due_at, now(), current()))),
            url_for(page, callback_id=one.id),
        )
        for one in open_callbacks_of(read(), typed, MOST, owner)
    ]
    return Group(_("Open callbacks"), found)


def _colleagues(typed: TypedWords) -> Group:
    named = [(code, name) for code, name in people(now()) if fits(typed.words, name, code)]
    return Group(_("Colleagues"), [Found(name, code, _rota_of(code)) for code, name in named[:MOST]])


def _rota_of(code: str) -> str:
    """The rota, with why this person is on duty or not for those who may see that."""
    if visitor().leads:
        return url_for("rota.rota_week", who=code, _anchor="why")
    return url_for("rota.rota_week", _anchor=f"who-{code}")


def _caller(name: str | None, number: str | None) -> str:
    return name or (display(number) if number else _("number withheld"))


def _became(call: Row[*tuple[Any, ...]]) -> str:
    return words.word(words.OUTCOMES, call.outcome) if call.outcome else words.word(words.CALL_STATES, call.state)


def _beside(*facts: str | None) -> str:
    return " · ".join(fact for fact in facts if fact)
