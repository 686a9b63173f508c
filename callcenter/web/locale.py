"""The visitor's language, Dutch or English, and the sentences of the pages in it."""

from collections.abc import Iterable
from pathlib import Path

from flask import Flask, request, session
from flask_babel import Babel, get_locale, gettext, lazy_gettext, ngettext
from flask_login import current_user

from callcenter.office import current_office

LOCALES = ("nl", "en")
SESSION_KEY = "locale"
_CATALOGUES = Path(__file__).with_name("translations")


def preferred(accepted: Iterable[tuple[str, float]]) -> str | None:
    """The language that a browser asks for: English when it prefers it to Dutch, Dutch when it names that, else None.

    accepted: the languages of its Accept-Language header, each with its quality from 0 to 1.

    >>> preferred([("en-GB", 1), ("nl", 0.8)]), preferred([("nl-NL", 1), ("en", 1)]), preferred([("de", 1)])
    ('en', 'nl', None)
    """
    quality = dict.fromkeys(LOCALES, 0.0)
    for tag, wanted in accepted:
        language = tag.lower().replace("_", "-").partition("-")[0]
        if language in quality:
            quality[language] = max(quality[language], wanted)
    if quality["en"] > quality["nl"]:
        return "en"
    return "nl" if quality["nl"] else None


def chosen_locale() -> str:
    """The language chosen in this session, else the login's, else the browser's, else the office's."""
    chosen = session.get(SESSION_KEY)
    if chosen in LOCALES:
        return str(chosen)
    own = getattr(current_user, "locale", None) if request else None
    if own in LOCALES:
        return str(own)
    asked = preferred(request.accept_languages) if request else None
    return asked or current_office().settings.locale


def current() -> str:
    """The language of this request: `nl` or `en`."""
    locale = get_locale()
    return locale.language if locale is not None and locale.language in LOCALES else LOCALES[0]


def set_up(app: Flask) -> None:
    """Add the translations to the app."""
    Babel(
        app,
        default_locale=LOCALES[0],
        default_timezone="Europe/Amsterdam",
        default_translation_directories=str(_CATALOGUES),
        locale_selector=chosen_locale,
    )


def _(message: str, **values: object) -> str:
    """The sentence in the visitor's language, with its values filled in."""
    return str(gettext(message, **values))


def plural(one: str, many: str, count: int, **values: object) -> str:
    """The sentence for this count; `%(num)s` is the count."""
    return str(ngettext(one, many, count, **values))


def later(message: str) -> object:
    """A sentence that is translated when it is shown."""
    return lazy_gettext(message)
