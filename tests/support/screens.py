"""What is wrong with a page on this screen? axe, the width, the ring of the focus, and the height of controls."""

from importlib.resources import files
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from playwright.sync_api import Page

WIDTHS = (320, 360, 768, 1280, 1920)
# What a width can change. The other rules of axe read the document alone, or its colours.
_OF_WIDTH = ["target-size", "scrollable-region-focusable"]

# Each control that the keyboard reaches is focused as by the keyboard. Its ring must be there, in the colour that the
# tokens name for its part of the page, whose contrast tests/unit/test_colours.py computes.
_RING = """
() => {
  const shown = (one) => one.checkVisibility({ visibilityProperty: true }) && one.getClientRects().length > 0;
  const rgb = (hex) => `rgb(${[1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)).join(", ")})`;
  const faults = [];
  let seen = 0;
  const focusable = "a[href], button, input, select, textarea, summary, audio, [tabindex='0']";
  for (const one of document.querySelectorAll(focusable)) {
    if (!shown(one) || one.disabled || one.type === "hidden") continue;
    one.focus();
    if (document.activeElement !== one) continue;
    seen += 1;
    const style = getComputedStyle(one);
    const name = one.outerHTML.slice(0, 90);
    if (!one.matches(":focus-visible") || style.outlineStyle !== "solid" || parseFloat(style.outlineWidth) < 3) {
      faults.push(`no ring (${style.outline}): ${name}`);
    } else if (style.outlineColor !== rgb(style.getPropertyValue("--focus").trim())) {
      faults.push(`ring ${style.outlineColor}: ${name}`);
    }
  }
  return [seen, faults];
}
"""

# A control of its own is 44 px high. Links in a sentence or a row are as high as their line, as WCAG 2.5.8 allows.
_TARGETS = """
() => [...document.querySelectorAll(
  ".btn, button, select, input, summary, nav a, .chips a, label.tick, .meaning, .top .name")]
  .filter((one) => one.checkVisibility() && one.type !== "hidden" && !one.closest(".timeline"))
  .filter((one) => !(one.matches("input") && one.closest("label.tick")))
  .filter((one) => one.getBoundingClientRect().height < 43.9)
  .map((one) => `${one.getBoundingClientRect().height} px: ${one.outerHTML.slice(0, 90)}`)
"""


def axe_faults(page: "Page", rules: list[str] | None = None) -> list[str]:
    """What axe finds on the page as it stands, with all of its rules or with these."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text())
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = rules
    found = cast(dict[str, Any], page.evaluate("options => axe.run(options)", options))["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:100]}" for one in found]


def open_details(page: "Page") -> None:
    """Open each closed part, so that its content is tried too."""
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")


def wider_than_the_window(page: "Page") -> list[str]:
    """Empty, or the width of the page in a window that is narrower."""
    width, window = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return [f"{width} px wide in a window of {window}"] if width > window else []


def focus_faults(page: "Page") -> list[str]:
    """Controls whose focus cannot be seen. The page must have been reached by the keyboard."""
    page.keyboard.press("Tab")
    seen, faults = page.evaluate(_RING)
    return cast(list[str], faults) if seen else ["nothing can be focused"]


def target_faults(page: "Page") -> list[str]:
    """Controls that are too low for a thumb."""
    return cast(list[str], page.evaluate(_TARGETS))


def at_width(page: "Page", width: int) -> list[str]:
    """What only this width of the window makes wrong."""
    page.set_viewport_size({"width": width, "height": 800})
    found = wider_than_the_window(page) + axe_faults(page, _OF_WIDTH)
    return [f"{width}: {fault}" for fault in found]
