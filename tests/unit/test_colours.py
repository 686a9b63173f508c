"""Can everything be read, in light and in dark? The contrast of each pair, as WCAG 2.2 computes it (1.4.3, 1.4.11)."""

import re
from pathlib import Path

import pytest

import callcenter.web

STATIC = Path(callcenter.web.__file__).with_name("static")
BLOCK = re.compile(r"([^{}]+)\{([^{}]*)\}")
HEX = re.compile(r"(--[\w-]+): (#[0-9a-f]{6});")

GROUNDS = ("--ground", "--surface")
# Letters, and what they may stand on. Each at least 4.5:1.
TEXT = [
    *(
        (text, on)
        for on in GROUNDS
        for text in ("--ink", "--muted", "--brand", "--brand-hover", "--good", "--warn", "--bad")
    ),
    *(("--on-colour", on) for on in ("--brand", "--brand-hover", "--good", "--warn", "--bad", "--muted")),
    *(("--ink", f"--{state}-soft") for state in ("good", "warn", "bad")),
    *(("--muted", f"--{state}-soft") for state in ("good", "warn", "bad")),
    *(("--brand", f"--{state}-soft") for state in ("good", "warn", "bad")),
    *((f"--{state}", f"--{state}-soft") for state in ("good", "warn", "bad")),
]
# Parts of charts, edges of controls and the ring of the focus. Each at least 3:1.
MARKS = [
    (mark, on) for on in GROUNDS for mark in ("--answered", "--message", "--missed", "--abandoned", "--edge", "--focus")
]


def _without_comments(name: str) -> str:
    return re.sub(r"/\*.*?\*/", "", (STATIC / name).read_text(), flags=re.DOTALL)


def _schemes() -> dict[str, dict[str, str]]:
    """The colours of the light scheme, of a dark screen, and of a part that is dark on every screen."""
    found: dict[str, dict[str, str]] = {}
    for selector, body in BLOCK.findall(
        _without_comments("tokens.css").replace("@media screen and (prefers-color-scheme: dark) {", "")
    ):
        if "--ink: #" in body:
            found[" ".join(selector.replace("}", "").split())] = dict(HEX.findall(body))
    assert list(found) == [":root, .scheme-light", ":root", ".scheme-dark"]
    return dict(zip(("light", "dark", "part"), found.values(), strict=True))


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_letters_and_marks_can_be_read(scheme: str) -> None:
    colours = _schemes()[scheme]
    found = {
        f"{mark} on {on}": round(contrast(colours[mark], colours[on]), 2)
        for pairs, least in ((TEXT, 4.5), (MARKS, 3.0))
        for mark, on in pairs
        if contrast(colours[mark], colours[on]) < least
    }
    assert found == {}


def test_both_schemes_name_the_same_colours_and_both_dark_ones_are_one() -> None:
    schemes = _schemes()
    assert schemes["light"].keys() == schemes["dark"].keys()
    assert schemes["dark"] == schemes["part"]


def test_no_other_stylesheet_names_a_colour() -> None:
    raw = re.compile(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(")
    found = {}
    for path in STATIC.glob("*.css"):
        # What stands behind a token, should it be missing, is no other colour.
        css = re.sub(r"var\([^()]*\)", "", _without_comments(path.name))
        # The wall, which is dark on every screen, and the page without a connection load no other stylesheet.
        if path.name not in ("tokens.css", "wall.css", "offline.css") and raw.search(css):
            found[path.name] = raw.findall(css)
    assert found == {}


def test_letters_have_four_sizes_and_two_weights() -> None:
    css = "".join(_without_comments(name) for name in ("callcenter.css", "charts.css", "style.css"))
    sizes = {one for one in re.findall(r"font-size: ([^;]+);", css) if not one.startswith("clamp(")}
    # Besides the four: fields on iOS, and letters in charts, which are drawn in the units of the chart.
    assert sizes - {"1rem", "0.6875rem"} == {f"var(--size-{name})" for name in ("small", "text", "head", "figure")}
    assert set(re.findall(r"font-weight: ([^;]+);", css)) == {"400", "var(--bold)"}
