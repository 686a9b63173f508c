"""What a right password opens, by role, second factor and settings."""

import pytest

from callcenter.access.local_passwords import PASSWORD, WITH_CODE, AfterPassword, after_password, may_go_on

IN, CODE, SET_UP = AfterPassword.IN, AfterPassword.CODE, AfterPassword.SET_UP
OFFICE, NO_ROLE = AfterPassword.OFFICE_ACCOUNT, AfterPassword.NO_ROLE


@pytest.mark.parametrize(
    ("role", "has_factor", "passwords", "second_factor", "follows"),
    [
        ("consultant", False, "on", "optional", IN),
        ("consultant", True, "on", "optional", CODE),
        ("consultant", False, "on", "required", IN),
        ("consultant", False, "admins", "optional", OFFICE),
        ("lead", False, "on", "required", SET_UP),
        ("lead", True, "on", "required", CODE),
        ("lead", True, "admins", "required", OFFICE),
        ("admin", False, "admins", "optional", IN),
        ("admin", False, "admins", "required", SET_UP),
        ("admin", True, "off", "optional", OFFICE),
        ("none", True, "on", "optional", NO_ROLE),
    ],
)
def test_what_follows_a_right_password(
    role: str, has_factor: bool, passwords: str, second_factor: str, follows: AfterPassword
) -> None:
    assert after_password(role, has_factor, passwords, second_factor) is follows


@pytest.mark.parametrize(
    ("how", "role", "passwords", "second_factor", "goes_on"),
    [
        (PASSWORD, "lead", "on", "optional", True),
        (PASSWORD, "lead", "on", "required", False),
        (WITH_CODE, "lead", "on", "required", True),
        (WITH_CODE, "lead", "off", "required", False),
        (PASSWORD, "consultant", "on", "required", True),
        ("office account", "lead", "off", "required", True),
        ("emergency code", "admin", "off", "required", True),
    ],
)
def test_which_sessions_go_on(how: str, role: str, passwords: str, second_factor: str, goes_on: bool) -> None:
    assert may_go_on(how, role, passwords, second_factor) is goes_on
