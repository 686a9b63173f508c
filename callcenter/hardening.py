"""Which security headers every answer carries: pages and their files, API, webhooks, sounds, metrics and errors."""

from urllib.parse import urlsplit

from flask import Flask, Response, request

# Only files of this site, and no inline code. data: is for the small images in Bootstrap's stylesheet.
_PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# What is no page is never to be shown as one, not even a sound that somebody uploaded with markup in it.
_NO_PAGE = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
_HTML = "text/html"
# Two years: at least one is asked of Dutch public bodies (https://internet.nl). Subdomains are other installations.
_STRICT_TRANSPORT = "max-age=63072000"
_SOUND = "audio/"
_UNKNOWN = "application/octet-stream"


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
            headers["Referrer-Policy"] = "same-origin"
            headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
            headers.setdefault("Cache-Control", "no-store")
        else:
            headers["Content-Security-Policy"] = _NO_PAGE
        if encrypted and (request.is_secure or request.host == public.netloc):
            headers["Strict-Transport-Security"] = _STRICT_TRANSPORT
        return response


def sound_type(content_type: str) -> str:
    """The content type under which a stored sound is answered: its own, unless that is the type of something else."""
    return content_type if content_type.startswith(_SOUND) else _UNKNOWN
