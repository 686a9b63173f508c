"""What lets a browser install the pages as an app: the manifest, and the worker that shows push messages."""

from pathlib import Path

from flask import Response, jsonify, url_for

from callcenter.web.locale import _, current
from callcenter.web.page import Page, pages

blueprint = pages("installable", public=("manifest", "worker"))

_WORKER = Path(__file__).with_name("static") / "sw.js"
# The worker may fetch from this site, and nothing else. A sandbox would take its origin away, and it would not start.
_WORKER_POLICY = "default-src 'none'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@blueprint.get("/app.webmanifest")
def manifest() -> Page:
    """The manifest (https://www.w3.org/TR/appmanifest/). It holds nothing of a visitor."""
    icons = [("192.png", "192x192", "any"), ("512.png", "512x512", "any"), ("maskable.png", "512x512", "maskable")]
    answer = jsonify(
        id="/mijn",
        name=_("Callbacks and shifts"),
        short_name=_("Callcenter"),
        lang=current(),
        start_url=url_for("mine.mine"),
        scope="/",
        display="standalone",
        background_color="#ffffff",
        theme_color="#154273",
        icons=[
            {
                "src": url_for("web.static", filename=f"icons/{name}"),
                "sizes": size,
                "type": "image/png",
                "purpose": purpose,
            }
            for name, size, purpose in icons
        ],
    )
    answer.mimetype = "application/manifest+json"
    return answer


@blueprint.get("/sw.js")
def worker() -> Page:
    """The worker. It lies at the top, since a worker serves only addresses below its own."""
    answer = Response(_WORKER.read_bytes(), content_type="text/javascript; charset=utf-8")
    answer.headers["Content-Security-Policy"] = _WORKER_POLICY
    answer.headers["Cache-Control"] = "no-cache"
    return answer
