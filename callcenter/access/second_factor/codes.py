"""Pure rule: which codes of six digits are right at an instant, and what a spoken or typed code is."""

import hmac
from datetime import datetime

import pyotp

# RFC 6238: a code is for 30 seconds. The one before and the one after are taken too, because clocks differ.
PERIOD_S = 30
_NEIGHBOURS = 1


def step_at(now: datetime) -> int:
    """The number of the period at an instant."""
    return int(now.timestamp()) // PERIOD_S


def step_of(secret: str, typed: str, now: datetime) -> int | None:
    """The period whose code was typed, of the present one and its neighbours; None when the code is wrong.

    secret: in base32. Every period is compared, so that the time it takes says nothing.
    """
    code, totp, present = plain_code(typed), pyotp.TOTP(secret), step_at(now)
    found = None
    for step in range(present - _NEIGHBOURS, present + _NEIGHBOURS + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode()):
            found = step
    return found


def address_for_app(secret: str, email: str, office: str) -> str:
    """The `otpauth://` address that an authenticator app reads as a QR code. office: the name it shows."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=office)


def new_secret() -> str:
    """A random secret of 160 bits in base32."""
    return pyotp.random_base32()


def plain_code(typed: str) -> str:
    """A code without the spaces and hyphens that people type between its groups, in lower case."""
    return "".join(sign for sign in typed.casefold() if sign.isalnum())[:64]
