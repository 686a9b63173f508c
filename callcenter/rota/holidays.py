"""The Dutch public holidays of a date, by the names that the policy uses."""

from datetime import date
from functools import lru_cache

# The package's Dutch names. Easter Sunday and Whit Sunday have no name in the policy: a line that is open on Sundays
# closes on them by date.
_NAMES = {
    "nieuwjaarsdag": "new_year",
    "goede vrijdag": "good_friday",
    "tweede paasdag": "easter_monday",
    "koningsdag": "kings_day",
    "hemelvaartsdag": "ascension_day",
    "tweede pinksterdag": "whit_monday",
    "eerste kerstdag": "christmas_day",
    "tweede kerstdag": "boxing_day",
}


@lru_cache(maxsize=32)
def _year(year: int) -> dict[date, tuple[str, ...]]:
    # Imported on first use. The package then loads only this one of its 250 countries.
    from holidays import OPTIONAL, PUBLIC, country_holidays

    # Good Friday has been both public and optional in the package's releases, so both categories are read.
    calendar = country_holidays("NL", years=year, expand=False, language="nl", categories=(PUBLIC, OPTIONAL))
    found: dict[date, tuple[str, ...]] = {}
    for day in calendar:
        names = dict.fromkeys(_NAMES.get(name.strip().lower(), "") for name in calendar.get_list(day))
        found[day] = tuple(name for name in names if name)
    # The package has 5 May in every fifth year only. Whether the line closes is the policy's choice.
    liberation = date(year, 5, 5)
    found[liberation] = (*found.get(liberation, ()), "liberation_day")
    return {day: names for day, names in found.items() if names}


def holidays_on(day: date) -> tuple[str, ...]:
    """The holidays on a date, possibly two (Ascension Day was on 5 May in 2016).

    King's Day is on 26 April when the 27th is a Sunday. Liberation Day is included every year.
    """
    return _year(day.year).get(day, ())
