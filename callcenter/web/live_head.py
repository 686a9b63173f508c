"""The head of a page alone, for open pages of which nothing else changes by itself."""

from flask import render_template

from callcenter.web.page import Page, pages

blueprint = pages("live")


@blueprint.get("/kop")
def head() -> Page:
    """Whether the line is open, and how many callers wait."""
    return render_template("live_head.html")
