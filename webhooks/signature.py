"""Did Twilio send this? The signature over the public address and the raw parameters."""

from collections.abc import Sequence
from hmac import compare_digest
from typing import Any

from twilio.request_validator import RequestValidator

SIGNATURE_HEADER = "X-Twilio-Signature"


class SignatureCheck:
    """Checks against one or two tokens: two during a rotation."""

    def __init__(self, public_url: str, tokens: Sequence[str]) -> None:
        self._public_url = public_url
        self._validators = [RequestValidator(token) for token in tokens]

    def valid(self, path: str, query: str, params: Any, signature: str | None) -> bool:
        """Whether the signature fits the address as we configured it; a Host header has no say."""
        if not signature:
            return False
        address = f"{self._public_url}{path}" + (f"?{query}" if query else "")
        return any(_signed(validator, address, params, signature) for validator in self._validators)


def _signed(validator: RequestValidator, address: str, params: Any, signature: str) -> bool:
    """Twilio mostly signs the address as it was configured. The library's own check works out the one with a port and
    the one without each time, so it is only asked for what is left."""
    expected = validator.compute_signature(address, params)
    return compare_digest(expected.encode(), signature.encode()) or validator.validate(address, params, signature)
