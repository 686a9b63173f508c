"""What do people see? The pages for team lead and consultants; `register` hangs them into the Flask app."""

from flask import Flask


def register(app: Flask) -> None:
    """Add every page to the app. The app holds an Office in `extensions["callcenter"]` when requests come."""
    from callcenter.web.setup import set_up

    set_up(app)
