"""Shows the page of a refused form again: with what was typed, and the reason at its field.

The page is asked for once more inside the same request, as a GET with the refusal in its environment. So it shows what
is stored now, each form needs no code of its own for that, and nothing that was typed lies in a cookie.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from types import MappingProxyType
from urllib.parse import unquote_to_bytes, urlsplit

from flask import current_app, request
from werkzeug.wrappers import Response

from callcenter.web.read_session import close_session
from callcenter.web.targets import local_target

_REFUSAL = "callcenter.refusal"
# What is never shown again: it is secret, or worth nothing twice.
_NEVER_KEPT = frozenset({"password", "present", "again", "code", "csrf_token"})
# The fields that an error names otherwise than the form does.
_ALSO_CALLED: Mapping[str, str] = MappingProxyType(
    {"due_at": "at", "reason": "because", "owner": "to", "body": "files", "until": "minutes"}
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a form was refused. form: the id that the form has on its page; field: its field, if it is about one;
    sentence: what to do; typed: the fields as they were sent; address: the page's own."""

    title: str
    sentence: str
    form: str
    field: str | None
    typed: Mapping[str, str]
    address: str

    @property
    def place(self) -> str | None:
        """The id of the field on the page."""
        return f"{self.form}-{self.field}" if self.form and self.field else None


@dataclass(frozen=True, slots=True)
class FormState:
    """One form of the page that is shown, after it was refused or not."""

    form: str
    refusal: Refusal | None

    @property
    def failed(self) -> bool:
        """Whether this form was refused just now."""
        return self.refusal is not None

    def value(self, field: str, otherwise: object = "") -> object:
        """What was typed in a field, or `otherwise` when this form was not refused."""
        if self.refusal is None or field in _NEVER_KEPT:
            return otherwise
        return self.refusal.typed.get(field, "")

    def fault(self, field: str) -> str:
        """Why a field was refused; empty when it was not."""
        return self.refusal.sentence if self.refusal is not None and self.refusal.field == field else ""

    def place(self, field: str) -> str:
        """The id of a field on the page."""
        return f"{self.form}-{field}"


def refusal() -> Refusal | None:
    """The refusal that this page shows, if any."""
    found = request.environ.get(_REFUSAL)
    return found if isinstance(found, Refusal) else None


def form_state(form: str) -> FormState:
    """The state of the form with this id."""
    found = refusal()
    return FormState(form, found if found is not None and found.form == form else None)


def shown_again(title: str, sentence: str, field: str | None, status: int) -> Response | None:
    """The page whose form was sent, with the reason why it was refused. None when that page is not ours, or cannot be
    shown. field: as the error names it; None: it is about no field."""
    address = page_of_form()
    if address is None:
        return None
    typed = request.form.to_dict()
    names = {*typed, *request.files}
    named = field if field in names else _ALSO_CALLED.get(field or "")
    found = Refusal(title, sentence, typed.get("form", ""), named if named in names else None, typed, address)
    close_session()  # what was read before may be older than what the form stored
    with current_app.request_context(_as_get(address, found)):
        answer = current_app.full_dispatch_request()
    if answer.status_code != 200 or answer.mimetype != "text/html":
        return None
    answer.status_code = status
    return answer


def page_of_form() -> str | None:
    """The address of the page whose form was sent, by the Referer header; None when that is another site."""
    try:
        came_from = urlsplit(request.referrer or "")
    except ValueError:
        return None
    if request.method != "POST" or came_from.netloc != request.host:
        return None
    # The path of a forged one may begin with another host: `http://this-host//another-host/`.
    return local_target(f"{came_from.path}?{came_from.query}" if came_from.query else came_from.path)


def _as_get(address: str, found: Refusal) -> dict[str, object]:
    """The environment of a request of this visitor for the page at `address`."""
    path, _, query = address.partition("?")
    kept = {
        name: value
        for name, value in request.environ.items()
        if name not in ("CONTENT_TYPE", "HTTP_REFERER") and not name.startswith(("werkzeug.", "flask."))
    }
    return kept | {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "CONTENT_LENGTH": "0",
        "wsgi.input": BytesIO(),
        _REFUSAL: found,
    }
