"""Which passwords are refused."""

import pytest

from callcenter.access.password_rules import check_password
from callcenter.access.passwords import make_password
from callcenter.errors import InvalidInput

EMAIL = "els.de.vries@rbl.example"


@pytest.mark.parametrize(
    "password",
    [
        "",
        "kort",
        "x7-Kq!9mPz2",
        "x7-Kq" * 41,
        "password1234",
        "Password123!",
        "qwertyuiop12",
        "welkom123456",
        "Wachtwoord123",
        "wachtwoordwachtwoord",
        "1q2w3e4r5t6y",
        "aaaaaaaaaaaaaaaa",
        "iloveyou1234",
        "els.de.vries@rbl.example",
        "ELS.DE.VRIES@RBL.example",
        "1els.de.vries@rbl.example!",
        "els.de.vries@rbl",
    ],
)
def test_short_common_and_own_ones_are_refused(password: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_password(password, EMAIL)
    assert refused.value.field == "password"


@pytest.mark.parametrize(
    "password",
    [
        "een-lang-wachtwoord",
        "correct horse battery staple",
        "fiets kaas regenjas",
        "Zeventien Ganzen, vlogen!",
        "пароль длинный и свой",
        "🚲🧀🌧️ fiets kaas regen",
        "x7-Kq!9mPz2w",
        "fiets kaas regenjas zeventien ganzen vlogen over " * 4,
    ],
)
def test_long_ones_of_whatever_characters_are_taken(password: str) -> None:
    check_password(password, EMAIL)


def test_made_ones_are_taken() -> None:
    for _ in range(20):
        check_password(make_password(), EMAIL)
