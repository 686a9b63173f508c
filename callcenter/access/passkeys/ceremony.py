"""What a browser is asked when a passkey is made or used, and whether its answer is right (WebAuthn level 3).

The device must verify the person (by face, finger or code), so that a passkey is two factors in one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)


class PasskeyRefused(Exception):
    """An answer of a browser is not what was asked for."""


@dataclass(frozen=True, slots=True)
class Site:
    """For whom passkeys are made. host: the name of the site; origin: its address as browsers write it."""

    host: str
    origin: str


@dataclass(frozen=True, slots=True)
class Made:
    """A new passkey: its id and public key in base64url, and the device's count of uses."""

    credential_id: str
    public_key: str
    sign_count: int


def options_to_make(site: Site, user_id: int, email: str, challenge: bytes, known: Sequence[str]) -> str:
    """What a browser needs to make a passkey, as JSON. known: the ids of this person's passkeys; one device needs no
    second one. It is kept by the device together with the person, so that nobody types an address."""
    return options_to_json(
        generate_registration_options(
            rp_id=site.host,
            rp_name="callcenter",
            user_name=email,
            user_id=f"user:{user_id}".encode(),
            challenge=challenge,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in known],
        )
    )


def options_to_use(site: Site, challenge: bytes) -> str:
    """What a browser needs to use whatever passkey of this site it has, as JSON."""
    return options_to_json(
        generate_authentication_options(
            rp_id=site.host, challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
        )
    )


def check_made(site: Site, answer: str, challenge: bytes) -> Made:
    """The passkey that a browser made. answer: its JSON. Raises PasskeyRefused."""
    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise PasskeyRefused from error
    return Made(bytes_to_base64url(made.credential_id), bytes_to_base64url(made.credential_public_key), made.sign_count)


def check_used(site: Site, answer: str, challenge: bytes, *, public_key: str, sign_count: int) -> int:
    """The device's new count of uses. public_key, sign_count: as stored. Raises PasskeyRefused."""
    try:
        used = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(public_key),
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise PasskeyRefused from error
    return used.new_sign_count
