"""The pages for team lead, consultants and administrator.

A group of pages has a folder with its views and its queries; `login.py` and `schools.py` are groups of one file. The
files beside them are shared by all pages.
"""

from flask import Flask


def register(app: Flask) -> None:
    """Add every page to the app. `extensions["callcenter"]` must hold the Office before the first request."""
    from callcenter.web.setup import set_up

    set_up(app)
