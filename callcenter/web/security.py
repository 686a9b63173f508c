"""The security headers of every answer of the server, and the names and marks of the cookies."""

from urllib.parse import urlsplit

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin

from callcenter.office import current_office
from callcenter.web.live.answer import is_asked

# Only files of this site, and no inline code. data: is for the small images in Bootstrap's stylesheet.
_PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "manifest-src 'self'; worker-src 'self'"
)
# What is no page is never to be shown as one, not even a sound that somebody uploaded with markup in it.
_NO_PAGE = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
_HTML = "text/html"
# Two years: at least one is asked of Dutch public bodies (https://internet.nl). Subdomains are other installations.
_STRICT_TRANSPORT = "max-age=63072000"
_SESSION = "callcenter"


def harden_every_answer(app: Flask, public_url: str) -> None:
    """Add the headers to every answer of an app. public_url: the address of the installation, as the settings say.

    Strict-Transport-Security is sent only to who came by https, or under the host of a public https address: never over
    http to the loopback, where no certificate is.
    """
    public = urlsplit(public_url)
    encrypted = public.scheme == "https"

    @app.after_request
    def harden(response: Response) -> Response:
        headers = response.headers
        headers["X-Content-Type-Options"] = "nosniff"
        if response.mimetype == _HTML:
            headers["Content-Security-Policy"] = _PAGE
            headers.setdefault("Referrer-Policy", "same-origin")
            headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
            headers.setdefault("Cache-Control", "no-store")
        else:
            headers.setdefault("Content-Security-Policy", _NO_PAGE)
        if encrypted and (request.is_secure or request.host == public.netloc):
            headers["Strict-Transport-Security"] = _STRICT_TRANSPORT
        return response


def keep_private(response: Response) -> Response:
    """Let no cache store an answer to a visitor, since it holds personal data: also a sound, a file or a calendar."""
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

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie, but not for an open page that asks what changed: its answer may come after that of a form
        which was sent meanwhile, and would take back what the form's answer put into the cookie."""
        if not is_asked():
            super().save_session(app, session, response)

    def get_cookie_name(self, app: Flask) -> str:
        """The cookie's name in this request."""
        return cookie_name(_SESSION)

    def get_cookie_secure(self, app: Flask) -> bool:
        """Whether the cookie of this response may travel by https only."""
        return cookies_are_secure()
