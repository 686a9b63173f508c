"""How does Twilio sign a webhook? An own implementation of the published algorithm, not the library's.

base64(HMAC-SHA1(auth token, address + name + value of every POST parameter, sorted by name)); the address as
configured, with its query string and without a fragment. Equal values of a repeated parameter count once.
Source: https://www.twilio.com/docs/usage/security.
"""

import base64
import hmac
from collections.abc import Iterable, Mapping


def signature(token: str, address: str, params: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> str:
    """The value of X-Twilio-Signature for a POST with these parameters (none for a GET)."""
    pairs = params.items() if isinstance(params, Mapping) else set(params)
    text = address.partition("#")[0] + "".join([name + value for name, value in sorted(pairs)])
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), "sha1")).decode()
