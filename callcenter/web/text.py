"""How is a sentence of the pages said in the visitor's language? gettext with a type."""

from flask_babel import gettext, lazy_gettext, ngettext


def _(message: str, **values: object) -> str:
    """The sentence in the visitor's language, with its values filled in."""
    return str(gettext(message, **values))


def plural(one: str, many: str, count: int, **values: object) -> str:
    """The sentence for this count; `%(num)s` is the count."""
    return str(ngettext(one, many, count, **values))


def later(message: str) -> object:
    """A sentence that is put into the visitor's language when it is shown."""
    return lazy_gettext(message)
