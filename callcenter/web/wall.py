"""How do we stand, in ten words readable from five metres? The office wall."""

from flask import render_template

from callcenter.web.board import facts
from callcenter.web.page import Page, pages

blueprint = pages("wall")


@blueprint.get("/wand")
def wall() -> Page:
    """The board for the wall: no name, no number, so that everybody may see it."""
    return render_template("wall.html", **facts())
