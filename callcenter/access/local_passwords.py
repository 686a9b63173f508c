"""Pure rule: what follows a right password: in, a second step, or nothing."""

from enum import StrEnum

_LEADS = ("lead", "admin")


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
