"""Random callers, mobiles, faults and deaths of the server: the invariants hold after each script.

Hypothesis shrinks a failing script to the smallest one, which takes some more minutes.
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
from tests.support.town import LINE, LINE_2, PEOPLE, Town

# An example has nearly three callers on average, so `make soak` makes ten thousand calls.
PARTS = at_length(2, 20)
EXAMPLES = at_length(25, 3600 // 20)


def die(town: Town, death: Death) -> None:
    """Schedule a death of the server."""
    if death.after:
        wanted = created if death.after == "create" else updated
        town.lived.kill_after_rest(wanted, nth=death.nth, back_after_s=death.back_after_s)
    else:
        town.standin.world.call_later(death.at_s, partial(town.lived.kill, death.back_after_s))


def ring(town: Town, play: Play) -> None:
    """Schedule all callers and mobiles."""
    for number, scripts in play.scenario.phones:
        town.standin.phone(number).follows(*scripts)
    for place, (at_s, script) in enumerate(play.scenario.callers):
        town.standin.dials(script, LINE_2 if place in play.on_line_2 else LINE, after=at_s)
    for one in play.direct:
        town.mobile(one.code).diversion = one.diversion
        town.standin.dials_mobile(one.caller, PEOPLE[one.code], after=one.at_s)


def change(town: Town, play: Play) -> None:
    """Schedule the changes that the office makes meanwhile."""
    later = town.standin.world.call_later
    for load in play.loads:
        later(load.at_s, partial(town.load_rota, on_duty=load.people, people=load.people, policy=load.policy))
    for saying in play.sayings:
        later(saying.at_s, partial(town.says, saying.code, saying.words))


def lived(play: Play, database: Path) -> Town:
    """Runs the script to its end. Faults end after the last call, and then everything is given time to recover."""
    engine = make_engine(f"sqlite:///{database}", durable=False)
    town = Town(
        engine,
        faults=play.faults,
        policy=play.policy,
        on_duty=play.on_duty,
        lines=(LINE, LINE_2),
        latencies=play.latencies,
        seed=play.seed,
    )
    for death in play.deaths:
        die(town, death)
    ring(town, play)
    change(town, play)
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
