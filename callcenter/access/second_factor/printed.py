"""Makes the codes that people keep on paper or read from a terminal, and finds them again by their hash."""

import hashlib
import secrets

from callcenter.access.second_factor.codes import plain_code

# Without letters and digits that look alike on paper. 25 of them are 123 bits: too many to guess, so that one SHA-256
# without a salt is enough (OWASP ASVS 5, 6.5.2).
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 5, 5


def new_code() -> str:
    """A random code, in groups that are easy to copy."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))


def code_hash(typed: str) -> str:
    """The hash to store for a code, and to find it by, however its groups are typed."""
    return hashlib.sha256(plain_code(typed).encode()).hexdigest()
