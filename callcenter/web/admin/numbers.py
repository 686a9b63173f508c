"""The page that checks one number: whose it is, whether it is blocked, and whether we may ring it."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import render_template, request, url_for

from callcenter.directory.lookup import who_calls
from callcenter.lines.records import BlockedNumber
from callcenter.lines.register import own_numbers
from callcenter.numbers import parse, why_not_dialled
from callcenter.web import formats, words
from callcenter.web.active_rota import policy, rota
from callcenter.web.locale import _, current
from callcenter.web.page import ADMINS, Page, now, pages, read

blueprint = pages("admin_numbers", ADMINS)


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence about the number. sign: `good` or `warn`; address: the page with more, if there is one."""

    text: str
    sign: str = "good"
    address: str = ""


@blueprint.get("/beheer/nummer")
def check() -> Page:
    """What is known of the number in the query, as people write it; an empty form without one."""
    typed = request.args.get("number", "").strip()
    number = parse(typed)
    findings = list(_findings(number)) if number is not None else []
    return render_template("admin_number.html", typed=typed, number=number, findings=findings)


def _findings(number: str) -> Iterator[Finding]:
    own = own_numbers(read())
    if number in own:
        yield Finding(_("It is a line of ours."), address=url_for("admin_lines.lines"))
    active = rota()
    for person in active.consultants.values() if active else ():
        if person.mobile == number:
            yield Finding(_("It is the mobile of %(name)s in the rota.", name=person.name))
    for contact in who_calls(read(), number).contacts:
        where = url_for("schools.school", code=contact.duo_code) if contact.duo_code else ""
        kind = words.word(words.GROUPS, contact.group)
        yield Finding(_("It belongs to %(name)s (%(kind)s).", name=contact.name, kind=kind), address=where)
    blocked = read().get(BlockedNumber, number)
    if blocked is not None and (blocked.until is None or blocked.until > now()):
        yield Finding(_blocked(blocked), "warn", url_for("admin_blocked.blocked"))
    refusal = why_not_dialled(number, policy().callbacks.countries, own)
    if refusal is None:
        yield Finding(_("One press rings it back."))
    else:
        yield Finding(_("One press does not ring it back: %(why)s.", why=words.word(words.BY_HAND, refusal)), "warn")


def _blocked(row: BlockedNumber) -> str:
    if row.until is None:
        return _("It is blocked for good: %(why)s", why=row.reason)
    return _(
        "It is blocked until %(until)s: %(why)s", until=formats.moment(row.until, now(), current()), why=row.reason
    )
