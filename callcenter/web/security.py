"""The security headers of every page, and the session cookie."""

from typing import cast
from urllib.parse import urlsplit

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from callcenter.office import Office

# Only files of this site, and no inline code. data: is for the small images in Bootstrap's stylesheet.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def harden(response: Response) -> Response:
    """Add the security headers to one page. Pages hold personal data, so no cache may store them."""
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
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
