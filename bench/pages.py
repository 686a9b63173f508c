"""Times of pages and metrics, requested one after another as a person or Prometheus does."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter

import requests

from bench.load import BenchFailed
from callcenter.demo.fixtures import LOGINS

_TIMES = 9
_LEAD = {
    "board": "/",
    "call list": "/oproepen",
    "callback list": "/terugbellen",
    "kept promises": "/terugbellen/beloften",
    "search": "/zoeken?q=wegwijzer",
    "presence": "/aanwezigheid",
    "wall": "/wand",
    "figures": "/cijfers",
    "figures of a year": "/cijfers?period=year",
    "report": "/rapport/{month}",
    "schools": "/scholen",
    "rota": "/rooster",
}
_CONSULTANT = {"consultant's page": "/mijn", "consultant's shifts": "/mijn/diensten"}


def page_figures(url: str) -> Mapping[str, float]:
    """Milliseconds of each page: the median of nine requests after a first one. Raises BenchFailed."""
    month = f"{datetime.now(UTC) - timedelta(days=31):%Y-%m}"
    found = {"/metrics": _time(requests.Session(), f"{url}/metrics")}
    for role, pages in (("lead", _LEAD), ("consultant", _CONSULTANT)):
        visitor = logged_in(url, role)
        found |= {name: _time(visitor, url + path.format(month=month)) for name, path in pages.items()}
    return found


def logged_in(url: str, role: str) -> requests.Session:
    """A visitor of this role, logged in."""
    login = next(one for one in LOGINS if one.role == role)
    visitor = requests.Session()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', visitor.get(f"{url}/inloggen").text)
    form = {"email": login.email, "password": login.password, "csrf_token": token[1] if token else ""}
    visitor.post(f"{url}/inloggen", data=form, headers={"Referer": f"{url}/inloggen"})
    return visitor


def _time(visitor: requests.Session, address: str) -> float:
    found = []
    for _ in range(_TIMES + 1):
        began = perf_counter()
        answer = visitor.get(address, allow_redirects=False)
        found.append((perf_counter() - began) * 1000)
        if answer.status_code != 200:
            raise BenchFailed(f"{address} answered {answer.status_code}")
    return median(found[1:])
