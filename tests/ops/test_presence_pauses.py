"""A consultant who does not accept several offers in a row is paused, and the count is reset."""

from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session, sessionmaker

from callcenter.presence import claims
from callcenter.presence.eligibility import PersonState, eligibility, ring_order
from callcenter.presence.records import ConsultantState
from callcenter.rota.model import Presence

NOON = datetime(2027, 6, 8, 10, 0, tzinfo=UTC)
EVENING = NOON + timedelta(hours=5)
PEOPLE = ("A", "B", "C")


def lets_pass(session: Session, code: str, t: datetime) -> PersonState:
    """The state of a consultant after one more unaccepted offer, by the default policy."""
    policy = Presence()
    claims.note_not_accepted(session, code, t, after=policy.no_answer_after, pause_min=policy.no_answer_pause_min)
    return claims.person_states(session)[code]


def test_the_second_offer_in_a_row_that_is_not_accepted_pauses_and_clears_the_count(
    sessions: sessionmaker[Session],
) -> None:
    with sessions() as session:
        claims.insert_missing(session, PEOPLE)
        assert lets_pass(session, "A", NOON).paused_until is None
        second = lets_pass(session, "A", NOON)
        assert (second.not_accepted, second.paused_until) == (0, NOON + timedelta(minutes=15))
        assert claims.person_states(session)["B"].paused_until is None


def test_an_accepted_call_clears_the_count(sessions: sessionmaker[Session]) -> None:
    with sessions() as session:
        claims.insert_missing(session, PEOPLE)
        lets_pass(session, "A", NOON)
        assert claims.occupy(session, "A", "call", NOON)
        claims.start_talk(session, "A", "call", NOON)
        session.commit()
        assert lets_pass(session, "A", NOON).paused_until is None


def test_six_unanswered_calls_go_round_fairly_and_pause_everybody(sessions: sessionmaker[Session]) -> None:
    order: list[str] = []
    with sessions() as session:
        claims.insert_missing(session, PEOPLE)
        for number in range(6):
            t = NOON + timedelta(minutes=number)
            people = claims.person_states(session)
            found = eligibility(people, dict.fromkeys(PEOPLE, EVENING), t, Presence(min_available=0))
            order.append(ring_order(people, found, "one caller")[0])
            session.get_one(ConsultantState, order[-1]).last_offered_at = t
            session.flush()
            lets_pass(session, order[-1], t)
            session.expire_all()
        assert order[:3] == order[3:]
        assert sorted(order[:3]) == sorted(PEOPLE)
        assert all(person.paused_until is not None for person in claims.person_states(session).values())
