"""Two browsers at once: the first log-in of a person makes one login, and a code is taken once."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import pyotp
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.access.office_account.accounts import admit
from callcenter.access.office_account.identity import Account
from callcenter.access.office_account.records import OfficeAccount
from callcenter.access.records import User
from callcenter.access.second_factor import stored
from callcenter.access.second_factor.emergency import make_emergency_code, use_emergency_code
from callcenter.access.second_factor.proof import prove
from callcenter.access.users import unlock_user
from tests.support.racing import race

NOW = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)
ANN = Account("object-1", "ann@rbl.example", frozenset({"leads"}), groups_left_out=False)
KEY = "a-key-for-tests-only-0123456789"

Sessions = sessionmaker[Session]


def test_the_first_log_in_of_one_person_in_four_browsers_makes_one_login(sessions: Sessions) -> None:
    def come_in() -> object:
        return admit(sessions, NOW, "https://issuer.example/", ANN, {"lead": {"leads"}})

    entered = race(*[come_in] * 4)
    with sessions() as session:
        (user,) = session.scalars(select(User)).all()
        assert session.scalar(select(func.count()).select_from(OfficeAccount)) == 1
    assert entered == [user.id] * 4


@pytest.fixture
def ann(sessions: Sessions) -> int:
    """An administrator without a second factor."""
    with sessions.begin() as session:
        user = User(email="ann@rbl.example", role="admin", created_at=NOW, failed_logins=0)
        session.add(user)
        session.flush()
        return user.id


def _set_up(sessions: Sessions, user_id: int) -> tuple[pyotp.TOTP, list[str]]:
    with sessions.begin() as session:
        long_ago = NOW.replace(year=2026)
        assert stored.begin(session, long_ago, user_id, KEY)
        secret = stored.unconfirmed_secret(session, long_ago, user_id, KEY)
        assert secret is not None
        totp = pyotp.TOTP(secret)
        codes = stored.confirm(session, long_ago, user_id, totp.at(long_ago), KEY)
        assert codes is not None
    return totp, codes


def _in_a_transaction(sessions: Sessions, do: Callable[[Session], object]) -> Callable[[], object]:
    def work() -> object:
        with sessions.begin() as session:
            return do(session)

    return work


def test_one_of_four_browsers_gets_in_with_the_same_code(sessions: Sessions, ann: int) -> None:
    totp, (recovery, *_others) = _set_up(sessions, ann)
    for typed, how in ((totp.at(NOW), "code"), (recovery, "recovery code")):
        send = _in_a_transaction(sessions, partial(_proof, ann, typed))
        assert sorted(map(str, race(*[send] * 4))) == sorted([how, "None", "None", "None"])


def _proof(user_id: int, typed: str, session: Session) -> str | None:
    return prove(session, NOW, user_id, "ann@rbl.example", typed, KEY).how


def test_one_of_four_browsers_gets_in_with_an_emergency_code(sessions: Sessions, ann: int) -> None:
    with sessions.begin() as session:
        code = make_emergency_code(session, NOW, "ann@rbl.example")
    entered = race(*[_in_a_transaction(sessions, lambda s: use_emergency_code(s, NOW, code))] * 4)
    assert sorted(map(str, entered)) == sorted([str(ann), "None", "None", "None"])


def test_a_double_click_begins_one_set_up(sessions: Sessions, ann: int) -> None:
    begun = race(*[_in_a_transaction(sessions, lambda s: stored.begin(s, NOW, ann, KEY))] * 4)
    assert begun == [True] * 4


def test_unlocking_a_login_gives_its_tries_of_codes_back(sessions: Sessions, ann: int) -> None:
    totp, _codes = _set_up(sessions, ann)
    with sessions.begin() as session:
        for _ in range(5):
            prove(session, NOW, ann, "ann", "wrong", KEY)
        assert prove(session, NOW, ann, "ann", totp.at(NOW), KEY).again_at is not None
        unlock_user(session, "ann@rbl.example")
        assert prove(session, NOW, ann, "ann", totp.at(NOW), KEY).how == "code"


def test_codes_count_again_after_a_clock_that_ran_ahead_was_set_back(sessions: Sessions, ann: int) -> None:
    totp, _codes = _set_up(sessions, ann)
    with sessions.begin() as session:
        ahead = NOW.replace(hour=12)
        assert prove(session, ahead, ann, "ann", totp.at(ahead), KEY).how == "code"
        assert prove(session, NOW, ann, "ann", totp.at(NOW), KEY).how == "code"
        assert prove(session, NOW, ann, "ann", totp.at(NOW), KEY).how is None
