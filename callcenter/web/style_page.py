"""How does each part of a page look, in light and in dark? For who draws pages; there is only one in the demo."""

from flask import Blueprint, abort, current_app, render_template

blueprint = Blueprint("style_page", __name__)

# The tokens of tokens.css by what they are for.
_COLOURS = {
    "ground": ("ground", "surface", "rule", "edge"),
    "letters": ("ink", "muted", "brand", "good", "warn", "bad"),
    "soft grounds": ("good-soft", "warn-soft", "bad-soft"),
    "charts": ("answered", "message", "missed", "abandoned"),
}


@blueprint.get("/stijl")
def style() -> str:
    """Every part in both schemes, in the demo alone: an office needs no such page, nor a setting that shows it."""
    if "DEMO_LOGINS" not in current_app.config:
        abort(404)
    return render_template("style.html", colours=_COLOURS)
