"""The browser's own languages choose the first one: Dutch, unless it prefers English clearly."""

import pytest

from callcenter.web.locale import preferred


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ([], None),
        ([("nl-NL", 1), ("nl", 0.9), ("en-US", 0.8), ("en", 0.7)], "nl"),
        ([("nl", 0.8), ("en-GB", 0.8)], "nl"),
        ([("en-US", 1), ("en", 0.9)], "en"),
        ([("en-GB", 1), ("nl", 0.9)], "en"),
        ([("de-DE", 1), ("en", 0.5)], "en"),
        ([("de-DE", 1), ("fr", 0.5)], None),
        ([("EN_us", 0.5), ("*", 0.1)], "en"),
        ([("nl", 0), ("en", 0)], None),
    ],
)
def test_english_is_shown_first_when_the_browser_prefers_it(
    accepted: list[tuple[str, float]], language: str | None
) -> None:
    assert preferred(accepted) == language
