"""What was set is taken back exactly, unless it was changed meanwhile: presence, blocks, schools' numbers and rotas."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.access import undo_offers
from callcenter.access.records import UndoOffer
from callcenter.callbacks.naming import name_caller, unname_callers
from callcenter.directory import undo as of_schools
from callcenter.directory.queries import teach
from callcenter.errors import IllegalTransition
from callcenter.lines import undo as of_blocks
from callcenter.lines.register import block_number, unblock_number
from callcenter.presence import undo as of_presence
from callcenter.presence.records import ConsultantState
from callcenter.presence.stored import store_presence
from callcenter.rota import undo as of_rotas
from callcenter.rota import versions
from tests.support.askers import a_cheap_login
from tests.support.promises import a_rota, at, promised, rota_files, stored
from tests.support.racing import race
from tests.web.seed import a_contact

NOW, NUMBER = at("8 08:00"), "+31611111111"
Sessions = sessionmaker[Session]


def test_available_is_taken_back_with_the_pause_that_it_ended(office: Sessions) -> None:
    with office.begin() as session:
        session.add(ConsultantState(code="AIS", paused_until=NOW + timedelta(minutes=9), not_accepted=3))
        session.flush()
        before = of_presence.remembered(session, "AIS")
        store_presence(session, a_rota(), "AIS", "available", None, NOW)
        after = of_presence.remembered(session, "AIS")
    with office.begin() as session:
        of_presence.take_back(session, "AIS", before, after)
        assert of_presence.remembered(session, "AIS") == before
        assert before["not_accepted"] == 3
    with office.begin() as session, pytest.raises(IllegalTransition):
        of_presence.take_back(session, "AIS", before, after)


def test_a_first_presence_is_taken_back(office: Sessions) -> None:
    with office.begin() as session:
        before = of_presence.remembered(session, "BRA")
        store_presence(session, a_rota(), "BRA", "busy", None, NOW)
        after = of_presence.remembered(session, "BRA")
        of_presence.take_back(session, "BRA", before, after)
        assert session.get_one(ConsultantState, "BRA").presence == "available"


def test_a_changed_block_is_as_before(office: Sessions) -> None:
    with office.begin() as session:
        block_number(session, NUMBER, "pest", None, "admin", NOW)
        session.flush()
        before = of_blocks.remembered(session, NUMBER)
        block_number(session, NUMBER, "toch minder", 1, "colleague", NOW)
        session.flush()
        after = of_blocks.remembered(session, NUMBER)
    with office.begin() as session:
        of_blocks.take_back(session, NUMBER, before, after)
        session.flush()
        assert of_blocks.remembered(session, NUMBER) == before
        unblock_number(session, NUMBER)
    with office.begin() as session, pytest.raises(IllegalTransition):
        of_blocks.take_back(session, NUMBER, before, after)


def test_a_number_that_a_list_had_stays_the_lists(office: Sessions) -> None:
    with office.begin() as session:
        session.add(a_contact("05WE00", "obs De Wegwijzer", "Dordrecht", NUMBER))
        session.flush()
        source = of_schools.remembered(session, "05WE00", NUMBER)
        part = of_schools.part(teach(session, "05WE00", NUMBER), NUMBER, source)
        assert part is not None
        of_schools.take_back(session, part)
        session.flush()
        assert of_schools.remembered(session, "05WE00", NUMBER) == source == "duo_primary"
        with pytest.raises(IllegalTransition):
            of_schools.take_back(session, part)


def test_callbacks_lose_the_name_that_they_got(office: Sessions) -> None:
    this = promised(office, NOW, NUMBER, caller_name=None, caller_place=None, group="unknown").id
    with office.begin() as session:
        session.add(a_contact("05WE00", "obs De Wegwijzer", "Dordrecht", "+31786130001"))
        session.flush()
        named = name_caller(session, NUMBER, teach(session, "05WE00", NUMBER))
    assert stored(office, this).caller_name == "obs De Wegwijzer"
    with office.begin() as session:
        unname_callers(session, named)
    assert (stored(office, this).caller_name, stored(office, this).group) == (None, "unknown")


def test_of_an_undo_and_a_colleague_who_load_a_rota_at_once_the_colleagues_holds(office: Sessions) -> None:
    for _ in range(4):
        with office.begin() as session:
            former = versions.required_active(session)[0]
            loaded = versions.load(session, rota_files(), "lead", NOW).id

        def taken_back(former: int = former, loaded: int = loaded) -> bool:
            try:
                with office.begin() as session:
                    of_rotas.take_back(session, former, loaded, "lead", NOW)
            except IllegalTransition:
                return False
            return True

        def colleague() -> bool:
            with office.begin() as session:
                versions.load(session, rota_files(), "colleague", NOW)
            return True

        race(taken_back, colleague)
        with office() as session:
            assert versions.versions(session)[0].author == "colleague"


def test_of_two_presses_on_one_undo_one_counts(office: Sessions) -> None:
    with office.begin() as session:
        user = a_cheap_login(session, NOW, "lead@rbl.example", "lead", "een-lang-genoeg-wachtwoord", None).id
        secret = undo_offers.offer(session, user, "block", [{}], NOW)

    def press() -> bool:
        try:
            with office.begin() as session:
                undo_offers.take(session, user, secret, NOW)
        except undo_offers.UndoRefused:
            return False
        return True

    assert sorted(race(press, press)) == [False, True]
    with office() as session:
        assert session.scalars(select(UndoOffer.token_hash)).one() != secret
