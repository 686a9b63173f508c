"""Encrypts the secrets of second factors, so that a copy of the database alone does not give them away."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_PURPOSE = b"callcenter second factor"


class UnreadableSecret(Exception):
    """The secret was encrypted with another CALLCENTER_SECRET_KEY."""


def _fernet(secret_key: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret_key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))


def encrypt(secret: str, secret_key: str) -> str:
    """The text to store. secret_key: CALLCENTER_SECRET_KEY, from which a key for this purpose alone is derived."""
    return _fernet(secret_key).encrypt(secret.encode()).decode()


def decrypt(stored: str, secret_key: str) -> str:
    """The secret in a stored text. Raises UnreadableSecret."""
    try:
        return _fernet(secret_key).decrypt(stored.encode()).decode()
    except InvalidToken:
        raise UnreadableSecret from None
