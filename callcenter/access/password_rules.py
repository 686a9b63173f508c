"""Which passwords are refused: short ones, common ones, and the login's own address."""

from callcenter.errors import InvalidInput

MIN_LENGTH, MAX_LENGTH = 12, 200
# zxcvbn's score 3 of 4: at least 10^8 guesses by somebody who knows the usual lists and patterns.
_LEAST_SCORE = 3
# zxcvbn takes seconds for long texts in which each character may stand for another one.
_MEASURED = 24
# Words that it does not know, and that somebody who guesses at this office tries first.
_OFFICE = ("wachtwoord", "welkom", "geheim", "callcenter", "leerplicht", "school", "rbl", "nederland")


def check_password(password: str, email: str) -> None:
    """Raise InvalidInput on `password` when it is not to be used for the login of this address."""
    if len(password) < MIN_LENGTH:
        raise InvalidInput("password", "a password has at least 12 characters")
    if len(password) > MAX_LENGTH:
        raise InvalidInput("password", "a password has at most 200 characters")
    address = email.strip().lower()
    if address in password.lower() or password.lower() in address:
        raise InvalidInput("password", "a password does not hold the e-mail address")
    if _is_common(password, (address, *address.replace("@", ".").split("."), *_OFFICE)):
        raise InvalidInput("password", "this password is easy to guess; take three words that do not belong together")


def _is_common(password: str, words: tuple[str, ...]) -> bool:
    # Imported here, because its lists of words take a while to load.
    from zxcvbn import zxcvbn

    measured = zxcvbn(password[:_MEASURED], user_inputs=[word for word in words if word])
    return int(measured["score"]) < _LEAST_SCORE
