"""The hash under which a random secret is stored."""

import hashlib


def digest(secret: str) -> str:
    """The hash to store for a secret of 256 random bits. One SHA-256 is enough: it cannot be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()
