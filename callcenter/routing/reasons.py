"""Why was this colleague not rung? A decision's own reasons, and the rota's for those who were not on duty."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from callcenter.rota.explain import explain
from callcenter.rota.model import Rota


def absent(rota: Rota, told: Iterable[str], at: datetime) -> dict[str, str]:
    """The reason of everybody whom a decision does not name, by code: not on duty, and the rota says why."""
    named = set(told)
    return {code: explain(rota, code, at)[-1].code for code in rota.consultants if code not in named}


def completed(rota: Rota | None, reasons: Sequence[Mapping[str, Any]], at: datetime) -> list[Mapping[str, Any]]:
    """A decision's reasons with those of everybody else. rota: the version that decided, None when it is not known."""
    told = [str(entry["consultant"]) for entry in reasons if "consultant" in entry]
    if rota is None or not told:
        return list(reasons)
    others = absent(rota, told, at)
    return [*reasons, *({"consultant": code, "reason": reason, "until": None} for code, reason in others.items())]
