"""Pure rule: what a right password opens: a session, a second step, or nothing."""

from enum import StrEnum

_LEADS = ("lead", "admin")
# What proved the identity at the beginning of a session, as the session's `how` says.
PASSWORD, WITH_CODE, WITH_RECOVERY_CODE = "password", "password+code", "recovery code"
PASSKEY = "passkey"


class AfterPassword(StrEnum):
    """What follows a right password."""

    IN = "in"
    CODE = "code"  # the second factor is asked for
    SET_UP = "set_up"  # a second factor must be set up first
    OFFICE_ACCOUNT = "office_account"  # passwords are not for this login
    NO_ROLE = "no_role"  # the office account's groups were taken away


def after_password(role: str, has_factor: bool, passwords: str, second_factor: str) -> AfterPassword:
    """What follows a right password of somebody with this role.

    passwords: on, off or admins; second_factor: optional, or required for leads and administrators. Somebody who has a
    second factor is always asked for it.
    """
    if passwords == "off" or (passwords == "admins" and role != "admin"):
        return AfterPassword.OFFICE_ACCOUNT
    if role not in ("consultant", *_LEADS):
        return AfterPassword.NO_ROLE
    if has_factor:
        return AfterPassword.CODE
    return AfterPassword.SET_UP if second_factor == "required" and role in _LEADS else AfterPassword.IN


def takes_passkey(role: str, passwords: str) -> bool:
    """Whether somebody with this role may log in with a passkey: where a password with a second factor would do.

    The device that holds it asks for a face, a finger or a code, so it is two factors in one. Where the office account
    is required, a passkey would go on working after the office took the account away.
    """
    return after_password(role, True, passwords, "required") is AfterPassword.CODE


def may_go_on(how: str, role: str, passwords: str, second_factor: str) -> bool:
    """Whether a session goes on under the present settings. how: what proved the identity when it began.

    Somebody may stay logged in for months. When passwords are switched off, or a second factor becomes required, the
    sessions that began without it end too.
    """
    if how not in (PASSWORD, WITH_CODE, WITH_RECOVERY_CODE, PASSKEY):
        return True
    follows = after_password(role, how != PASSWORD, passwords, second_factor)
    return follows in (AfterPassword.IN, AfterPassword.CODE)
