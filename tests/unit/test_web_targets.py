"""Which addresses a visitor may be sent to."""

import pytest

from callcenter.web.targets import local_target


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "mijn",
        "//evil.example/x",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/\0",
        "\t//evil.example",
        "https://evil.example/",
        "https:evil.example",
        "javascript:alert(1)",
        "@evil.example",
        " /mijn",
        "//[",
        "/" + "x" * 1000,
    ],
)
def test_nobody_is_sent_elsewhere(target: str | None) -> None:
    assert local_target(target) is None


@pytest.mark.parametrize("target", ["/", "/mijn", "/terugbellen?show=closed&next=//x", "/scholen/05WE00#top", "/a//b"])
def test_own_pages_are_fine(target: str) -> None:
    assert local_target(target) == target
