"""Which numbers does no press ring, and what does a person read instead?"""

from flask import g

from callcenter.lines.register import own_numbers
from callcenter.numbers import why_not_dialled
from callcenter.web import words
from callcenter.web.page import read
from callcenter.web.roster import policy


def why_by_hand(number: str | None) -> str | None:
    """None when one press rings the number, or when there is none; else why not, as in `numbers.why_not_dialled`."""
    if not number:
        return None
    if "page_own_numbers" not in g:
        g.page_own_numbers = own_numbers(read())
    return why_not_dialled(number, policy().callbacks.countries, g.page_own_numbers)


def hint(number: str | None) -> str:
    """The same in a few words; empty when one press rings it."""
    reason = why_by_hand(number)
    return words.word(words.BY_HAND, reason) if reason else ""
