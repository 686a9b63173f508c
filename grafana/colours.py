"""The colours of figures, series and lines, each readable on every ground that Grafana paints."""

# Grafana's panel on its dark theme, its panel on its light theme, and the light theme's page.
GROUNDS = ("#181b1f", "#ffffff", "#f4f5f5")
# WCAG 2.2, 1.4.11: graphical objects, and large text (1.4.3).
LEAST_CONTRAST = 3.0

BLUE, GREEN, AMBER, RED, PURPLE = "#3d7fd6", "#2f8f46", "#b8741a", "#db4b4b", "#9361d1"
TEAL, GREY, PINK, OLIVE, BROWN = "#1c8c8c", "#7f8894", "#cc4f9a", "#7f8a1f", "#a5693f"
BRAND, GOOD, WARN, BAD = BLUE, GREEN, AMBER, RED
# In this order for series without a meaning of good and bad.
PALETTE = (BLUE, TEAL, PURPLE, AMBER, PINK, OLIVE, BROWN, GREEN, RED)


def contrast(colour: str, ground: str) -> float:
    """The contrast ratio of two colours "#rrggbb", from 1 to 21 (WCAG 2.2, "contrast ratio")."""
    lighter, darker = sorted((_luminance(colour), _luminance(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
