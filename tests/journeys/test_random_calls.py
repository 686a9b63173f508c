"""Whatever people and networks do, at random: what always holds, with a failing script shrunk to its least.

The shrinking of a script that fails takes minutes more.
"""

import itertools
import shutil
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, seed, settings

from callcenter.storage.engine import make_engine
from tests.support.invariants import breaches
from tests.support.product import created, updated
from tests.support.random_calls import Death, Play, plays
from tests.support.soak import at_length
from tests.support.town import LINE, Town

# Two callers an example on average: ten thousand calls in `make soak`.
PARTS = at_length(2, 20)
EXAMPLES = at_length(25, 5000 // 20)


def die(town: Town, death: Death) -> None:
    """Set a death of the server going."""
    if death.after:
        wanted = created if death.after == "create" else updated
        town.lived.kill_after_rest(wanted, nth=death.nth, back_after_s=death.back_after_s)
    else:
        town.standin.world.call_later(death.at_s, partial(town.lived.kill, death.back_after_s))


def lived(play: Play, database: Path) -> Town:
    """The script, lived to its end and beyond; what went wrong goes well again after the last call."""
    engine = make_engine(f"sqlite:///{database}", durable=False)
    town = Town(engine, faults=play.faults, policy=play.policy, on_duty=play.on_duty, seed=play.seed)
    for death in play.deaths:
        die(town, death)
    town.standin.play(play.scenario, LINE)
    town.standin.run_for(61)
    town.live(tail_s=1)
    town.standin.faults.clear()
    for _ in range(4):  # somebody may ring again
        town.live_until_all_is_mended()
        if not town.standin.exchange.has_live_calls():
            break
    return town


@pytest.mark.soak
@pytest.mark.parametrize("part", range(PARTS))
def test_any_calls_at_all_keep_every_promise(part: int, sqlite_template: Path, tmp_path: Path) -> None:
    numbers = itertools.count()

    @seed(part)
    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck), print_blob=True
    )
    @given(plays())
    def holds(play: Play) -> None:
        database = tmp_path / f"{next(numbers)}.db"
        shutil.copyfile(sqlite_template, database)
        town = lived(play, database)
        try:
            assert breaches(town, excused=play.excused) == []
        finally:
            town.lived.office.engine.dispose()
            for path in tmp_path.glob(f"{database.name}*"):
                path.unlink()

    holds()
