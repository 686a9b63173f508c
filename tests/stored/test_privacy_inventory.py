"""Every column with text, JSON or bytes has its line in the inventory, with what ends it."""

from sqlalchemy import Column

from callcenter.privacy.inventory import COLUMNS, UNSEARCHED, Holds, held
from callcenter.privacy.mentions import text_columns
from callcenter.privacy.retention import KINDS, periods
from callcenter.storage.tables import metadata

WHAT_TO_DO = """
callcenter/privacy/inventory.py and the tables differ. For a new column add a line to COLUMNS:
    "table.column": Held(Holds.TEXT, ("the kind of retention.KINDS that erases it",)),
Holds.WORD or Holds.KEY only if nobody can write a telephone number in it: such a column is not searched by `forget`.
If people's data in it are to end after a period, erase them in callcenter/privacy/retention.py (KINDS); if they are
about a forgotten number, in callcenter/privacy/erase.py; then list kind and days in docs/privacy.md.
"""


def columns() -> dict[str, Column[object]]:
    return {f"{table.name}.{one.name}": one for table in metadata().sorted_tables for one in text_columns(table)}


def test_every_column_that_can_hold_a_text_is_listed_with_what_it_holds() -> None:
    listed, stored = set(COLUMNS), set(columns())
    assert {"missing": sorted(stored - listed), "gone": sorted(listed - stored)} == {"missing": [], "gone": []}, (
        WHAT_TO_DO
    )


def test_each_is_ended_by_a_kind_of_retention_or_says_why_it_is_kept() -> None:
    for name, one in COLUMNS.items():
        assert set(one.ends) <= periods().keys(), name
        assert bool(one.ends) != bool(one.why_kept), name


def test_every_kind_of_retention_ends_some_column_or_what_is_elsewhere() -> None:
    named = {kind for one in COLUMNS.values() for kind in one.ends}
    assert {kind.name for kind in KINDS} - named == {"recordings at Twilio"}


def test_what_callers_say_and_people_type_always_has_a_period_unless_it_is_about_the_office() -> None:
    personal = {Holds.NUMBER, Holds.NAME}
    assert [name for name, one in COLUMNS.items() if one.holds in personal and not one.ends] == []
    typed = [name for name, one in COLUMNS.items() if one.holds is Holds.TEXT and not one.ends]
    assert typed == ["api_token.name", "line.name", "wall_link.name"]


def test_a_column_that_is_not_listed_yet_is_searched_all_the_same() -> None:
    assert held("a_new_table", "remark").holds not in UNSEARCHED
