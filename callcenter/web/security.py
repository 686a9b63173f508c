"""What may a browser do with our pages? Headers on every page, and cookies that travel only where they should."""

from typing import cast
from urllib.parse import urlsplit

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from callcenter.office import Office

# Nothing from elsewhere and nothing inline; data: is for the small images within Bootstrap's stylesheet.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def harden(response: Response) -> Response:
    """Add the headers to one page. It holds personal data, so no cache keeps it."""
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    response.headers.setdefault("Cache-Control", "no-store")
    return response


class PageSessions(SecureCookieSessionInterface):
    """Flask's signed cookie, marked Secure when the request came by the public https address.

    A test or an operator on the machine itself may use http on the loopback, and still log in.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Twilio has no session: none is read, signed or looked for among its requests' cookies."""
        return None if request.path.startswith("/webhooks/") else super().open_session(app, request)

    def get_cookie_secure(self, app: Flask) -> bool:
        """Whether this answer's cookie may travel by https alone."""
        if request.is_secure:
            return True
        office = cast(Office, app.extensions["callcenter"])
        public = urlsplit(office.settings.public_url)
        return public.scheme == "https" and request.host == public.netloc
