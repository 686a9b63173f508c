"""Signs webhooks by Twilio's published algorithm, independently of the library with which the product verifies them.

The signature is base64(HMAC-SHA1(auth token, address + name and value of each POST parameter, sorted by name)). The
address is the configured one, with query string, without fragment. Equal values of a repeated parameter count once.
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
