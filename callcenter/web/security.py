"""The security headers of every page, and the names and marks of the cookies."""

from urllib.parse import urlsplit

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from callcenter.office import current_office

# Only files of this site, and no inline code. data: is for the small images in Bootstrap's stylesheet.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_SESSION = "callcenter"


def harden(response: Response) -> Response:
    """Add the security headers to one page. Pages hold personal data, so no cache may store them."""
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def cookies_are_secure() -> bool:
    """Whether the cookies of this response may travel by https only: when the request came by the public https address.

    Over http on the loopback they may not, so that a test or an operator on the machine itself can log in.
    """
    if request.is_secure:
        return True
    public = urlsplit(current_office().settings.public_url)
    return public.scheme == "https" and request.host == public.netloc


def cookie_name(name: str) -> str:
    """The name of one of our cookies in this request. By https it has the prefix by which a browser takes it from this
    host alone, and not from a neighbour in its domain (RFC 6265bis, 4.1.3.2)."""
    return f"__Host-{name}" if cookies_are_secure() else name


class PageSessions(SecureCookieSessionInterface):
    """Flask's signed cookie. It holds the secret of a session that is stored, the language, and short notes."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Open no session for webhooks. Twilio has none, and reading and signing cookies takes time."""
        return None if request.path.startswith("/webhooks/") else super().open_session(app, request)

    def get_cookie_name(self, app: Flask) -> str:
        """The cookie's name in this request."""
        return cookie_name(_SESSION)

    def get_cookie_secure(self, app: Flask) -> bool:
        """Whether the cookie of this response may travel by https only."""
        return cookies_are_secure()
