"""The demo's events: calls, reactions of mobiles, callbacks and breaks."""

from datetime import datetime, timedelta, tzinfo
from functools import partial
from random import Random

from callcenter.demo.callers import Crowd
from callcenter.demo.days import OpenDay
from callcenter.demo.desks import Desks
from callcenter.demo.fixtures import LINE, Fixtures
from callcenter.demo.mobiles import local_hour, mobile
from callcenter.demo.simulated_office import SimulatedOffice
from callcenter.rota.duty import present
from callcenter.standin.people.crowd import called_back
from callcenter.standin.people.scripts import PhoneScript
from callcenter.standin.people.shape import CallShape
from callcenter.standin.people.workers import CallbackWorker

# Calls on a whole day, at least and at most, from Monday; callers who call again are not included.
_CALLS = ((140, 160), (125, 150), (115, 140), (125, 150), (115, 135))
_WHOLE_DAY = timedelta(hours=8, minutes=30)
# Some call before the line opens and after it has closed.
_EARLY, _LATE = timedelta(minutes=25), timedelta(minutes=50)
_BREAK_SHARE = 0.55
_LONGEST_TALK_S = 1500.0
# Live, talks are limited, so that a watcher sees calls come and go.
_LONGEST_LIVE_TALK_S = 120.0
# Live: seconds between two calls for each consultant on duty, with a lower and an upper bound. At a higher speed the
# gap in virtual seconds grows, so that the watcher sees the same rate, up to the gap of a real day.
_LIVE_GAP_PER_CONSULTANT_S, _LEAST_GAP_S, _MOST_GAP_S, _REAL_GAP_S = 120.0, 10.0, 40.0, 200.0


class Scenario:
    """Simulates everybody outside the product. All randomness comes from one seed."""

    def __init__(self, office: SimulatedOffice, fixtures: Fixtures, shape: CallShape, seed: int) -> None:
        self.office, self._rota = office, fixtures.rota
        self._rng = Random(seed)
        self._shape = shape
        self._crowd = Crowd(self._rng, fixtures.numbers, shape)
        self._longest_talk_s = _LONGEST_TALK_S
        self._mobiles = {consultant.mobile: code for code, consultant in fixtures.rota.consultants.items()}
        self._world = office.standin.world
        office.standin.line(LINE)
        office.standin.default_phone = self._phone
        desks = Desks(office.office, fixtures.rota)
        for number, code in self._mobiles.items():
            CallbackWorker(self._world, office.standin.phone(number), code, desks, self._rng)

    def _phone(self, number: str) -> PhoneScript:
        if number not in self._mobiles:
            return called_back(self._rng, self._shape)
        hour = local_hour(self._world.now(), self._rota.zone)
        return mobile(self._rng, hour, self._shape, LINE, self._longest_talk_s)

    # -- simulated days

    def plan_day(self, day: OpenDay, until: datetime) -> None:
        """Schedule a day's calls up to an instant, and its breaks."""
        for at in self._arrivals(day):
            if self._world.now() <= at < until:
                self._world.call_at(at, self._somebody_rings)
        self.plan_breaks(day)

    def plan_breaks(self, day: OpenDay) -> None:
        """Schedule the text messages with which consultants report breaks and visits."""
        for at, number, word in self._breaks(day):
            self._world.call_at(at, partial(self._texts, number, word))

    def _arrivals(self, day: OpenDay) -> list[datetime]:
        midnight = datetime(day.day.year, day.day.month, day.day.day, tzinfo=self._rota.zone)
        first, last = day.opens_at - _EARLY, day.closes_at + _LATE
        share = min(1.0, (day.closes_at - day.opens_at) / _WHOLE_DAY)
        calls = round(self._rng.randint(*_CALLS[min(day.day.weekday(), 4)]) * share)
        seconds = self._shape.arrivals(
            self._rng, calls, _seconds(first, self._rota.zone), _seconds(last, self._rota.zone)
        )
        return [midnight + timedelta(seconds=at) for at in seconds]

    def _breaks(self, day: OpenDay) -> list[tuple[datetime, str, str]]:
        """When which mobile sends which presence text: mostly lunch, sometimes a visit."""
        noon = datetime(day.day.year, day.day.month, day.day.day, 12, tzinfo=self._rota.zone)
        found = []
        for number in self._mobiles:
            if self._rng.random() < _BREAK_SHARE:
                found.append((noon + timedelta(minutes=self._rng.uniform(-10, 75)), number, "pauze 30"))
            if self._rng.random() < _BREAK_SHARE / 2:
                found.append((day.opens_at + timedelta(minutes=self._rng.uniform(20, 480)), number, "bezet 45"))
        return found

    def _texts(self, number: str, word: str) -> None:
        on_duty = {person.consultant for person in present(self._rota, self._world.now())}
        if self._mobiles[number] in on_duty:
            self.office.standin.phone(number).sends(word, LINE)

    def _somebody_rings(self) -> None:
        self.office.standin.dials(self._crowd.next(self._longest_talk_s), LINE)

    # -- live

    def go_live(self, speed: float, until: datetime) -> None:
        """Generate calls up to an instant, at a rate that suits a watcher at this speed."""
        self._longest_talk_s = _LONGEST_LIVE_TALK_S
        self._world.call_later(2.0 * speed, lambda: self._next_live(speed, until))

    def _next_live(self, speed: float, until: datetime) -> None:
        if self._world.now() >= until:
            return
        self._somebody_rings()
        on_duty = len(present(self._rota, self._world.now()))
        gap_s = min(_MOST_GAP_S, max(_LEAST_GAP_S, _LIVE_GAP_PER_CONSULTANT_S / max(1, on_duty)))
        gap_s = min(_REAL_GAP_S, gap_s * speed)
        self._world.call_later(gap_s * self._rng.uniform(0.4, 1.6), lambda: self._next_live(speed, until))


def _seconds(instant: datetime, zone: tzinfo) -> int:
    local = instant.astimezone(zone)
    return local.hour * 3600 + local.minute * 60 + local.second
