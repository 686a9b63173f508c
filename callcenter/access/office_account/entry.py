"""Pure rule: who gets in with an office account, as what, and why not."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from callcenter.access.office_account.identity import Account

# From the least to the most that somebody may do.
_RANKS = ("consultant", "lead", "admin")


class Refusal(StrEnum):
    """Why somebody with an office account does not get in."""

    NO_GROUP = "no_group"
    TOO_MANY_GROUPS = "too_many_groups"
    NO_ADDRESS = "no_address"
    DISABLED = "disabled"
    OTHER_ACCOUNT = "other_account"
    NO_CODE = "no_code"


@dataclass(frozen=True, slots=True)
class Login:
    """A login as it is stored. bound: it belongs to some office account; disabled: it was taken away."""

    id: int
    email: str
    consultant: str | None
    disabled: bool
    bound: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """What to store before somebody gets in. login: the existing login, None to create one; bind: note whose it is."""

    login: Login | None
    role: str
    consultant: str | None
    bind: bool


def role_of(groups: Collection[str], roles: Mapping[str, Collection[str]]) -> str | None:
    """The highest role that one of the groups gives, or None. roles: by role, its groups in lower case."""
    held = [role for role in _RANKS if not set(groups).isdisjoint(roles.get(role, ()))]
    return held[-1] if held else None


def decide(
    account: Account,
    role: str | None,
    bound: Login | None,
    same_address: Login | None,
    code: str | None,
) -> Entry | Refusal:
    """Who gets in as what, or why not.

    bound: the login of this account. same_address: the login with the account's trusted address. code: the consultant
    in the rota with that address.
    """
    login = bound or same_address
    if bound is None and same_address is not None and same_address.bound:
        return Refusal.OTHER_ACCOUNT
    if login is not None and login.disabled:
        return Refusal.DISABLED
    if role is None:
        return Refusal.TOO_MANY_GROUPS if account.groups_left_out else Refusal.NO_GROUP
    if login is None and account.address is None:
        return Refusal.NO_ADDRESS
    consultant = (login.consultant if login is not None else None) or code
    if role == "consultant" and consultant is None:
        return Refusal.NO_CODE
    return Entry(login, role, consultant, bind=bound is None)
