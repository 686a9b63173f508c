"""Which page a visitor sees first."""

from flask import url_for

from callcenter.web.page import visitor


def home() -> str:
    """The first page after logging in: the own page for a consultant, the board for a lead."""
    return url_for("board.board") if visitor().leads else url_for("mine.mine")
