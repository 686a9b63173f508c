"""The table of the pictures: the simulated day stands still at each moment, and each picture has its own file."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from callcenter.demo.days import open_day
from callcenter.demo.fixtures import LOGINS, demo_rota
from pictures.moments import CLOSED_AT, DAY, MOMENTS, RUSH_AT, RUSH_CALLERS, RUSH_GAP_S


def test_the_day_stands_still_at_every_moment_of_the_table() -> None:
    for one in MOMENTS:
        assert one.at.minute % 10 == one.at.second == 0, one.name
        assert time(8, 10) <= one.at <= CLOSED_AT, one.name
    # The callers of the rush ring within the ten minutes before it.
    assert RUSH_AT in {one.at for one in MOMENTS}
    assert RUSH_CALLERS * RUSH_GAP_S < 600


def test_the_board_is_seen_before_opening_open_and_closed() -> None:
    noon = datetime.combine(DAY, time(12), ZoneInfo("Europe/Amsterdam"))
    day = open_day(demo_rota(noon), DAY)
    assert day is not None
    at = {one.name: datetime.combine(DAY, one.at, noon.tzinfo) for one in MOMENTS if one.name.startswith("board-")}
    assert at["board-before-opening"] < day.opens_at < at["board-open"] < at["board-busy"] < day.closes_at
    assert day.closes_at < at["board-closed"]


def test_each_picture_has_a_file_of_its_own_and_a_login_of_the_demo() -> None:
    files = [name for one in MOMENTS for name in one.files().values()]
    assert len(files) == len(set(files)) == 4 * len(MOMENTS)
    assert {one.who for one in MOMENTS} <= {one.email for one in LOGINS}
