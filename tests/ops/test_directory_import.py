"""Lists of schools and contacts are imported into the directory."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session, sessionmaker

from callcenter.directory.contacts import import_contacts, read_contacts
from callcenter.directory.duo import read_duo
from callcenter.directory.lookup import who_calls
from callcenter.directory.queries import school, search, teach
from callcenter.directory.report import FileRefused, ImportReport
from callcenter.directory.schools import import_schools
from callcenter.errors import InvalidInput, NotFound

EXTRACTS = Path(__file__).parents[1] / "data" / "duo"
NOW = datetime(2026, 8, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def session(sessions: sessionmaker[Session]) -> Iterator[Session]:
    """A session on a fresh database."""
    with sessions() as session:
        yield session


def importing(session: Session, *names: str) -> ImportReport:
    return import_schools(session, [read_duo(name, (EXTRACTS / name).read_bytes()) for name in names], NOW)


def contacts(session: Session, text: str) -> ImportReport:
    return import_contacts(session, read_contacts("contacts.csv", text.encode()), NOW)


def test_a_newer_list_is_reported_as_a_difference(session: Session) -> None:
    assert importing(session, "primary_april.csv").summary() == "read 18, added 18, changed 0, gone 0, refused 1"
    assert importing(session, "primary_august.csv").summary() == "read 20, added 3, changed 6, gone 1, refused 1"


def test_a_list_read_again_changes_nothing(session: Session) -> None:
    importing(session, "primary_august.csv")
    assert importing(session, "primary_august.csv").summary() == "read 20, added 0, changed 0, gone 0, refused 1"


def test_several_lists_are_reported_together(session: Session) -> None:
    report = importing(session, "primary_april.csv", "secondary_restored.csv")
    assert report.summary() == "read 24, added 24, changed 0, gone 0, refused 2"


def test_a_list_of_one_kind_says_nothing_about_another(session: Session) -> None:
    importing(session, "primary_april.csv")
    assert importing(session, "secondary_restored.csv").gone == 0
    assert school(session, "32HW00").gone_at is None


def test_a_school_that_is_gone_is_kept_and_no_longer_recognised(session: Session) -> None:
    importing(session, "primary_april.csv")
    assert who_calls(session, "+31182530790").group == "school"
    importing(session, "primary_august.csv")
    assert school(session, "32HW00").gone_at == NOW
    assert who_calls(session, "+31182530790").group == "unknown"
    assert search(session, "Gouwe").items == ()


def test_a_school_that_comes_back_is_added(session: Session) -> None:
    importing(session, "primary_april.csv", "primary_august.csv")
    assert importing(session, "primary_april.csv").added == 1
    assert who_calls(session, "+31182530790").school is not None


def test_a_changed_number_replaces_the_old_one(session: Session) -> None:
    importing(session, "primary_april.csv", "primary_august.csv")
    assert school(session, "09IE00").numbers == ("+31306342800",)
    assert who_calls(session, "+31306342620").group == "unknown"


def test_a_number_taught_by_hand_survives_every_import(session: Session) -> None:
    importing(session, "primary_april.csv")
    teach(session, "09ie00", "06 12345678")
    teach(session, "09IE00", "030 634 26 20")
    importing(session, "primary_august.csv")
    taught = school(session, "09IE00")
    assert set(taught.numbers) == {"+31612345678", "+31306342620", "+31306342800"}
    assert set(taught.taught) == {"+31612345678", "+31306342620"}
    assert importing(session, "primary_august.csv").changed == 0


def test_teaching_refuses_what_is_no_number_and_no_school(session: Session) -> None:
    importing(session, "primary_april.csv")
    with pytest.raises(InvalidInput):
        teach(session, "09IE00", "twaalf")
    with pytest.raises(NotFound):
        teach(session, "99ZZ99", "0306342620")


def test_a_shared_number_gives_one_of_the_schools(session: Session) -> None:
    importing(session, "primary_august.csv")
    shared = who_calls(session, "+31345572651")
    assert shared.one_of
    assert shared.school is None
    assert {contact.duo_code for contact in shared.contacts} == {"12AI00", "13WO00", "13ZZ00"}
    assert (shared.place, shared.municipality) == ("Geldermalsen", "West Betuwe")


def test_a_number_shared_over_municipalities_tells_all_of_them(session: Session) -> None:
    importing(session, "primary_august.csv")
    shared = who_calls(session, "+31104420074")
    assert {"nissewaard", "1930", "capelle aan den ijssel", "rijnmond", "29"} <= shared.areas
    assert shared.municipality is None


def test_a_number_of_a_primary_and_a_secondary_school_gives_both(session: Session) -> None:
    importing(session, "primary_august.csv", "secondary_restored.csv")
    assert {contact.duo_code for contact in who_calls(session, "+31562452772").contacts} == {"14DC06", "03DJ00"}


def test_who_calls_asks_the_database_once_and_a_withheld_number_not_at_all(session: Session) -> None:
    importing(session, "primary_august.csv")
    statements: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))
    assert who_calls(session, "+31345572651").one_of
    assert len(statements) == 1
    assert who_calls(session, None).group == "unknown"
    assert len(statements) == 1


def test_the_look_up_uses_an_index(sqlite_sessions: sessionmaker[Session]) -> None:
    statements: list[str] = []
    with sqlite_sessions() as session:
        event.listen(session.get_bind(), "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))
        who_calls(session, "+31345572651")
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statements[-1]}", ("+31345572651",))
        steps = [row[-1] for row in plan]
    assert steps
    assert not [step for step in steps if step.startswith("SCAN")]


def test_schools_are_found_by_words_of_name_place_and_municipality(session: Session) -> None:
    importing(session, "primary_august.csv")
    assert [found.id for found in search(session, "wereld waddinxveen").items] == []
    assert [found.id for found in search(session, "velduil houten").items] == ["09IE00"]
    assert [found.id for found in search(session, "09ie").items] == ["09IE00"]
    assert len(search(session, "0345 57 26 51").items) == 3
    assert search(session, "100%").items == ()


def test_a_long_list_of_schools_comes_in_pages(session: Session) -> None:
    importing(session, "primary_august.csv")
    seen: list[str] = []
    after = None
    while True:
        page = search(session, "", limit=7, after=after)
        seen += [found.id for found in page.items]
        after = page.next
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 20


def test_contacts_are_read_in_dutch_and_english(session: Session) -> None:
    report = contacts(
        session,
        "naam;groep;nummers;voorkeur\n"
        "Wijkteam Noord;partner;078 770 00 00 / 770 00 01;ais\n"
        "Familie De Boer;ouder;06-12345678;\n"
        "Jeugdteam;Jeugd;geen;\n",
    )
    assert report.summary() == "read 3, added 3, changed 0, gone 0, refused 1"
    assert report.refused[0].line == 4
    caller = who_calls(session, "+31787700001")
    assert (caller.group, caller.preferred, caller.school) == ("partner", "AIS", None)
    assert who_calls(session, "+31612345678").group == "parent"


def test_a_contacts_list_is_a_difference_within_its_groups(session: Session) -> None:
    contacts(session, "name;group;numbers;preferred\nWijkteam;partner;0787700000;\nA. Ouder;parent;0612345678;\n")
    report = contacts(session, "name;group;numbers;preferred\nPolitie;partner;0788887777;\n")
    assert report.summary() == "read 1, added 1, changed 0, gone 1, refused 0"
    assert who_calls(session, "+31787700000").group == "unknown"
    assert who_calls(session, "+31612345678").group == "parent"


def test_a_number_known_in_two_groups_counts_for_the_school(session: Session) -> None:
    importing(session, "primary_august.csv")
    contacts(session, "name,group,numbers,preferred\nBSO Houten,partner,0306342800,\n")
    caller = who_calls(session, "+31306342800")
    assert caller.school is not None
    assert caller.school.name == "Openbare basisschool De Velduil"


def test_a_broken_contacts_list_is_refused_with_every_fault() -> None:
    broken = "name;group;numbers;note\nA;friend;06;x\n"
    with pytest.raises(FileRefused) as refused:
        read_contacts("c.csv", broken.encode())
    assert [str(fault) for fault in refused.value.faults] == ["c.csv:1: column 'NOTE' is not known"]
    with pytest.raises(FileRefused) as refused:
        read_contacts("c.csv", b"name;group;numbers\nA;friend;06\n;partner;\nB;partner;\nb;partners;\n")
    assert [fault.line for fault in refused.value.faults] == [2, 3, 5]
