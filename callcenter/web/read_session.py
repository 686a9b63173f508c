"""Ends the session that a request has read with."""

from flask import g


def close_session(_error: BaseException | None = None) -> None:
    """Close the read session, at the end of the request or so that what follows reads anew."""
    session = g.pop("page_session", None)
    if session is not None:
        session.rollback()
        session.close()
