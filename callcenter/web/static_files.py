"""How long may a browser keep a stylesheet or a script? For a year: its address changes with its content."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, request

_YEAR_S = 365 * 24 * 3600


def set_up(app: Flask) -> None:
    """Let `url_for` name the version of each static file."""

    @app.url_defaults
    def name_version(endpoint: str, values: dict[str, Any]) -> None:
        blueprint, _, view = endpoint.rpartition(".")
        folder = app.blueprints[blueprint].static_folder if view == "static" and blueprint else None
        if folder:
            path = Path(folder) / values["filename"]
            values.setdefault("v", _version(path, path.stat().st_mtime_ns) if path.is_file() else None)


def kept(blueprint: Blueprint) -> Blueprint:
    """The blueprint of static files, whose files browsers keep when they were asked for by version.

    Without the version, as on the page for an internal error, a browser asks each time whether the file has changed.
    """

    @blueprint.after_request
    def keep(response: Response) -> Response:
        if "v" in request.args and response.status_code in (200, 304):
            response.headers["Cache-Control"] = f"public, max-age={_YEAR_S}, immutable"
        return response

    return blueprint


@cache
def _version(path: Path, _changed_ns: int) -> str:
    """The first letters of the file's SHA-256, read once for each change of the file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]
