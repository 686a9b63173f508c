"""Checks Twilio's signature, computed over the public address and the raw parameters."""

from collections.abc import Sequence
from hmac import compare_digest
from typing import Any

from twilio.request_validator import RequestValidator

SIGNATURE_HEADER = "X-Twilio-Signature"


class SignatureCheck:
    """Checks signatures with one auth token, or with two while the token is being rotated.

    Raises ValueError for an empty token.
    """

    def __init__(self, public_url: str, tokens: Sequence[str]) -> None:
        if not all(tokens):
            raise ValueError("an empty auth token would accept a signature that anybody can make")
        self._public_url = public_url
        self._validators = [RequestValidator(token) for token in tokens]

    def valid(self, path: str, query: str, params: Any, signature: str | None) -> bool:
        """Whether the signature is right for the configured public address. The Host header is not used."""
        if not signature:
            return False
        address = f"{self._public_url}{path}" + (f"?{query}" if query else "")
        return any(_signed(validator, address, params, signature) for validator in self._validators)


def _signed(validator: RequestValidator, address: str, params: Any, signature: str) -> bool:
    """Compare with the signature of the address as configured, which is nearly always the right one. The library's own
    check computes two signatures, with and without a port, so it is only the second attempt."""
    expected = validator.compute_signature(address, params)
    return compare_digest(expected.encode(), signature.encode()) or validator.validate(address, params, signature)
