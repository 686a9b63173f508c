"""Says what would follow from blocking a number of the office or of a contact, or one that is blocked already."""

from datetime import datetime

from callcenter.directory.lookup import who_calls
from callcenter.lines.records import BlockedNumber
from callcenter.lines.register import own_numbers
from callcenter.web import formats
from callcenter.web.active_rota import rota
from callcenter.web.locale import _, current
from callcenter.web.page import now, read


def what_follows(number: str, until: datetime | None) -> list[str]:
    """The sentences to read before this number (E.164) is blocked until an instant (UTC; None: for good).

    None of them: it is an unknown caller's number, and the block can simply be taken back.
    """
    follows = [*_of_the_office(number), *_of_a_contact(number)]
    present = read().get(BlockedNumber, number)
    if present is not None and (present.until is None or present.until > now()):
        known = {"until": until_words(present.until), "reason": present.reason, "new": until_words(until)}
        follows.append(_("It is blocked already, %(until)s (%(reason)s). That becomes: %(new)s.", **known))
    return follows


def until_words(until: datetime | None) -> str:
    """How long a block lasts, within a sentence."""
    return _("for good") if until is None else _("until %(time)s", time=formats.moment(until, now(), current()))


def _of_the_office(number: str) -> list[str]:
    if number in own_numbers(read()):
        return [
            _("This is a number of our own line."),
            _("Calls that show it, such as those that a colleague passes on, are not put through any more."),
        ]
    active = rota()
    names = [one.name for one in active.consultants.values() if one.mobile == number] if active is not None else []
    if names:
        return [_("This is the mobile of %(name)s, who then cannot ring the line any more.", name=", ".join(names))]
    return []


def _of_a_contact(number: str) -> list[str]:
    contacts = who_calls(read(), number).contacts
    if not contacts:
        return []
    return [
        _("This is a number of %(name)s.", name=", ".join(one.name for one in contacts)),
        _("Whoever rings from it is not put through any more, and one press does not ring it either."),
    ]
