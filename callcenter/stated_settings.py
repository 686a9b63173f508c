"""Decides which values of the environment and of `.env` are stated: a blank one, or a mere comment, counts as unset."""

import unicodedata
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

# Docker's --env-file does not remove quotes, so `NAME=""` arrives as two quotes. People also paste curved ones.
_QUOTES = frozenset("\"'`´‘’“”„‟‚‛«»‹›")


def is_blank(value: str) -> bool:
    """Whether a value consists of nothing but spaces, tabs, other invisible characters and quotes.

    >>> is_blank(' "" ')
    True
    """
    return all(character in _QUOTES or unicodedata.category(character)[0] in "ZC" for character in value)


def is_comment(value: str) -> bool:
    """Whether a value is a comment behind the equals sign. systemd and Docker take it for the value.

    >>> is_comment(" # the old token, during a rotation")
    True
    """
    return value.lstrip().startswith("#")


class StatedSource(PydanticBaseSettingsSource):
    """Another source of settings, without its blank values and comments, and without space around the others.

    A blank secret would be a key that everybody knows: `TWILIO_AUTH_TOKEN_SECONDARY=` would let anybody sign webhooks.
    """

    def __init__(self, settings_cls: type[BaseSettings], source: PydanticBaseSettingsSource) -> None:
        super().__init__(settings_cls)
        self._source = source

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """As the other source has it."""
        return self._source.get_field_value(field, field_name)

    def __call__(self) -> dict[str, Any]:
        """The stated values by name."""
        stated = {}
        for name, value in self._source().items():
            if not isinstance(value, str):
                stated[name] = value
            elif not is_blank(value) and not is_comment(value):
                stated[name] = value.strip()
        return stated
