"""What an error that a subject raised says to the visitor, in the visitor's language."""

import re
from collections.abc import Callable
from functools import cache

from flask_babel import gettext

from callcenter.web import words


def _l(sentence: str) -> str:
    """Mark a sentence for the catalogues; `remark` translates it."""
    return sentence


# Messages that hold a value. Subjects write them with the value in its place, in English.
WITH_VALUES = (
    _l("%(email)s is not an administrator who may log in"),
    _l("a callback that is %(state)s %(why)s"),
    _l("a callback that is %(state)s cannot be changed by %(verb)s"),
    _l("a callback that is %(state)s has no due time any more"),
    _l("a callback that is %(state)s takes no further attempts"),
    _l("a token is valid for 1 to %(days)s days, or with 0 for ever"),
    _l("an account's id has 1 to %(most)s characters"),
    _l("at most %(most)s characters"),
    _l("callback %(number)s is open for the same caller"),
    _l("must be from 1 to %(most)s"),
    _l("must be one of %(choices)s"),
    _l("callbacks of this line are still open (%(count)s): close them first"),
    _l("nobody logs in as %(email)s"),
    _l("nothing is asked about callback %(number)s any more"),
    _l("prompt %(key)s has no recording in %(language)s"),
    _l("record %(key)s in its parts: %(parts)s"),
    _l("rota version %(number)s cannot be read any more: %(fault)s"),
    _l("there is no attempt %(number)s"),
    _l("there is no call %(number)s"),
    _l("there is no callback %(number)s"),
    _l("there is no consultant %(code)s"),
    _l("there is no line with the number %(number)s"),
    _l("there is no rota version %(number)s"),
    _l("there is no school with code %(code)s"),
    _l("there is no token %(number)s"),
    _l("there is no wall link %(number)s"),
)
# Values that are words of ours, and not what somebody typed.
_VALUES: dict[str, Callable[[str], str]] = {
    "state": lambda key: words.word(words.CALLBACK_STATES, key),
}


def remark(error: Exception) -> str:
    """The sentence of an error, for a page. A sentence that the catalogues do not have is returned as it is."""
    message = str(error)
    for sentence in WITH_VALUES:
        if (found := _pattern(sentence).fullmatch(message)) is not None:
            values = {name: _VALUES.get(name, str)(text) for name, text in found.groupdict().items()}
            return str(gettext(sentence, **values))
    return str(gettext(message))


@cache
def _pattern(sentence: str) -> re.Pattern[str]:
    """What a message looks like that was made from this sentence."""
    parts = re.split(r"%\((\w+)\)s", sentence)
    written = (f"(?P<{part}>.+)" if index % 2 else re.escape(part) for index, part in enumerate(parts))
    return re.compile("".join(written), re.DOTALL)
