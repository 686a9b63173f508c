"""Whatever happens to a callback: its owner is told before it breaks or the lead knows, and nobody is told twice."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from tests.support.callback_lives import Life
from tests.support.promises import at
from tests.support.slow_channels import a_web_hook
from tests.support.soak import at_length


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1, 1 + at_length(1, 20)))
def test_each_promise_is_told_before_it_breaks_and_no_message_comes_twice(engine: Engine, seed: int) -> None:
    with a_web_hook() as lead:
        life = Life(engine, lead, seed, at("8 06:00"))
        life.live(9 * 60)
        if seed % 2:
            life.set_clock_back(timedelta(hours=1))
            life.live(60)
        life.clock.move_to(at("9 06:20"))
        life.live(4 * 60)
        life.twilio.answer, lead.always = None, 200
        life.live(6 * 60, eventful=False)
    assert life.told_twice() == []
    assert life.left_over() == []
