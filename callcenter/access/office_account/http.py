"""The HTTP session for the provider: short timeouts, small answers, no redirect followed."""

from io import BytesIO
from typing import Any

from authlib.integrations.requests_client import OAuth2Session
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectionError as NotConnected
from requests.exceptions import ReadTimeout
from urllib3 import HTTPResponse

from callcenter.clock import stopwatch

# Seconds to connect, and to wait for each part of an answer.
TIMEOUT_S = (3.0, 5.0)
# Seconds for a whole answer, once its first part is there.
WHOLE_ANSWER_S = 5.0
LONGEST_ANSWER = 512 * 1024
_PART = 16 * 1024


class _BoundedAdapter(HTTPAdapter):
    """Reads each answer whole, within a time and a size. `requests` bounds the time for each part only."""

    def build_response(self, req: PreparedRequest, resp: Any) -> Response:
        body, began = BytesIO(), stopwatch()
        while part := resp.read1(_PART, decode_content=True):
            body.write(part)
            if body.tell() > LONGEST_ANSWER:
                raise NotConnected(f"the answer has more than {LONGEST_ANSWER} bytes")
            if stopwatch() - began > WHOLE_ANSWER_S:
                raise ReadTimeout(f"the answer took more than {WHOLE_ANSWER_S} s")
        body.seek(0)
        plain = {name: value for name, value in resp.headers.items() if name.lower() != "content-encoding"}
        resp.release_conn()
        whole = HTTPResponse(body, headers=plain, status=resp.status, reason=resp.reason, preload_content=False)
        return super().build_response(req, whole)


def provider_session(**options: Any) -> OAuth2Session:
    """A session for one exchange with the provider, to be used in a `with` statement. options: of OAuth2Session."""
    session = OAuth2Session(default_timeout=TIMEOUT_S, **options)
    for scheme in ("https://", "http://"):
        session.mount(scheme, _BoundedAdapter(max_retries=0))
    return session
