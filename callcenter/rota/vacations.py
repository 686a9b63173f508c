"""School vacations by region, from the dates shipped with the product."""

import tomllib
from datetime import date, timedelta
from functools import lru_cache
from importlib import resources

REGIONS = ("Noord", "Midden", "Zuid")


@lru_cache(maxsize=1)
def _data() -> tuple[dict[str, frozenset[date]], date, date]:
    raw = tomllib.loads(resources.files("callcenter.rota").joinpath("vacations.toml").read_text("utf-8"))
    days: dict[str, set[date]] = {region: set() for region in REGIONS}
    for vacation in raw["vacation"]:
        for region in REGIONS:
            first, last = vacation[region]
            days[region].update(first + timedelta(days=n) for n in range((last - first).days + 1))
    return {region: frozenset(found) for region, found in days.items()}, raw["covers_from"], raw["covers_until"]


def in_vacation(region: str, day: date) -> bool:
    """Whether a region (Noord, Midden, Zuid) has vacation on a date; first and last days of a vacation count."""
    return day in _data()[0][region]


def covered_until() -> date:
    """The last date that the shipped dates cover."""
    return _data()[2]
