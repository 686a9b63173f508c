"""Whether a page may be stored in a cache, and the session cookie. Other headers: `callcenter/hardening.py`."""

from typing import cast
from urllib.parse import urlsplit

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from callcenter.office import Office


def harden(response: Response) -> Response:
    """Let no cache store an answer to a visitor, since it holds personal data: also a sound, a file or a calendar."""
    response.headers.setdefault("Cache-Control", "no-store")
    return response


class PageSessions(SecureCookieSessionInterface):
    """Flask's signed cookie, marked Secure when the request came by the public https address.

    Over http on the loopback it is not marked, so that a test or an operator on the machine itself can log in.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Open no session for webhooks. Twilio has none, and reading and signing cookies takes time."""
        return None if request.path.startswith("/webhooks/") else super().open_session(app, request)

    def get_cookie_secure(self, app: Flask) -> bool:
        """Whether the cookie of this response may travel by https only."""
        if request.is_secure:
            return True
        office = cast(Office, app.extensions["callcenter"])
        public = urlsplit(office.settings.public_url)
        return public.scheme == "https" and request.host == public.netloc
