"""Two browsers of one person at once: the first log-in makes one login and one tie, and a code is taken once."""

from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.access.office_account.accounts import admit
from callcenter.access.office_account.identity import Account
from callcenter.access.office_account.records import OfficeAccount
from callcenter.access.records import User
from tests.support.racing import race

NOW = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)
ANN = Account("object-1", "ann@rbl.example", frozenset({"leads"}), groups_left_out=False)


def test_the_first_log_in_of_one_person_in_four_browsers_makes_one_login(sessions: sessionmaker[Session]) -> None:
    def come_in() -> object:
        return admit(sessions, NOW, "https://issuer.example", ANN, {"lead": {"leads"}})

    entered = race(*[come_in] * 4)
    with sessions() as session:
        (user,) = session.scalars(select(User)).all()
        assert session.scalar(select(func.count()).select_from(OfficeAccount)) == 1
    assert entered == [user.id] * 4
