"""Pure rule: what the claims of a verified ID token say about a person."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from callcenter.plaintext import all_plain

# Guests of an Entra tenant have this in their user name.
_GUEST_MARK = "#ext#"
LONGEST_SUBJECT = 255
# As long as a login's address may be, which is stored beside what its owner does.
_LONGEST_ADDRESS = 100


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the provider.

    subject: the provider's id of the person, which never changes and is never given to somebody else.
    address: the e-mail address in lower case, None unless the provider vouches for it.
    groups: ids of groups and values of app roles, in lower case.
    groups_left_out: the token says that the person is in more groups than it holds.
    """

    subject: str
    address: str | None
    groups: frozenset[str]
    groups_left_out: bool


def account_of(claims: Mapping[str, object], issuer: str) -> Account | None:
    """The account that these claims describe, or None when they hold no usable subject.

    claims: of an ID token whose signature, issuer and audience are verified. issuer: as in the token.
    """
    subject = claims.get("oid") if _is_entra(claims, issuer) else claims.get("sub")
    if not isinstance(subject, str) or not subject.strip() or len(subject) > LONGEST_SUBJECT:
        return None
    if not all_plain([subject]):  # not every database can store it
        return None
    return Account(
        subject,
        _trusted_address(claims, issuer),
        frozenset(value.casefold() for name in ("groups", "roles") for value in _texts(claims.get(name))),
        _groups_left_out(claims),
    )


def _is_entra(claims: Mapping[str, object], issuer: str) -> bool:
    """Whether Entra ID made the token: it names the tenant, which is part of the issuer's address, and an object id.

    Entra's `sub` differs between applications; `oid` is the id that the administrator sees in Entra.
    """
    tenant = claims.get("tid")
    return (
        isinstance(tenant, str)
        and isinstance(claims.get("oid"), str)
        and tenant.casefold() in urlsplit(issuer).path.casefold().split("/")
    )


def _trusted_address(claims: Mapping[str, object], issuer: str) -> str | None:
    """The address for which the provider vouches.

    An address is no identity: in Entra an administrator of any tenant can write any address into `email`. We take
    `email` only with the provider's word that the person owns it (`email_verified`, or Entra's `xms_edov`), and Entra's
    user name only of members, because Entra lets a tenant use verified domains alone in it.
    """
    if _is_true(claims.get("email_verified")) or _is_true(claims.get("xms_edov")):
        return _an_address(claims.get("email"))
    if _is_entra(claims, issuer) and not _is_guest(claims, issuer):
        return _an_address(claims.get("preferred_username"))
    return None


def _is_guest(claims: Mapping[str, object], issuer: str) -> bool:
    name, home = claims.get("preferred_username"), claims.get("idp")
    if not isinstance(name, str) or _GUEST_MARK in name.casefold() or claims.get("acct") not in (None, 0, "0"):
        return True
    return home is not None and home != issuer


def _groups_left_out(claims: Mapping[str, object]) -> bool:
    """Whether there were too many groups. Entra then names another address in `_claim_names`, or sets `hasgroups`."""
    names = claims.get("_claim_names")
    return (isinstance(names, Mapping) and "groups" in names) or _is_true(claims.get("hasgroups"))


def _texts(value: object) -> Iterator[str]:
    values = value if isinstance(value, list) else [value]
    return (text.strip() for text in values if isinstance(text, str) and text.strip())


def _is_true(value: object) -> bool:
    # Providers write it as a boolean, a text or a number.
    return value is True or value in ("true", "1") or (value == 1 and not isinstance(value, float))


def _an_address(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    address = value.strip().lower()
    name, at, domain = address.partition("@")
    plain = name and at and "." in domain and "@" not in domain and address.isprintable() and " " not in address
    return address if plain and len(address) <= _LONGEST_ADDRESS else None
