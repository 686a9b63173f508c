"""In which language a dashboard speaks: each text is written in Dutch and in English, side by side."""

from collections.abc import Callable
from typing import Literal

Language = Literal["nl", "en"]
# Takes a text in Dutch and in English, and returns the one of the dashboard's language.
Say = Callable[[str, str], str]


def speaking(language: Language) -> Say:
    """The choice between the two texts for a language."""
    return (lambda dutch, english: dutch) if language == "nl" else (lambda dutch, english: english)
