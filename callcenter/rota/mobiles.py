"""Who shares a mobile? No rota is accepted with two people on one; a version stored before that check may hold such a
pair, and then the two are claimed as one."""

from collections.abc import Sequence

from callcenter.rota.model import Rota


def sharers(rota: Rota, code: str) -> Sequence[str]:
    """The others whose mobile this consultant's is too; mostly nobody."""
    found: dict[str, tuple[str, ...]] | None = rota.memo.get("sharers")
    if found is None:
        with_it: dict[str, list[str]] = {}
        for person in rota.consultants.values():
            if person.mobile:
                with_it.setdefault(person.mobile, []).append(person.code)
        found = {
            one: tuple(other for other in codes if other != one)
            for codes in with_it.values()
            if len(codes) > 1
            for one in codes
        }
        rota.memo["sharers"] = found
    return found.get(code, ())
