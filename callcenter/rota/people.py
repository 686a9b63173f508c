"""Look-ups of consultants: whose caseload a school is in, and who shares a mobile."""

from collections.abc import Sequence

from callcenter.rota.model import Rota


def preferred_consultant(rota: Rota, school_code: str | None, brin: str | None, municipality: str | None) -> str | None:
    """The consultant a school is used to, or None: by its own row, else its BRIN's, else its municipality's.

    school_code: establishment code; brin: institution code; municipality: name in any letter case.
    """
    table: dict[tuple[str, str], str] | None = rota.cache.get("caseload")
    if table is None:
        table = {}
        for row in rota.caseload:
            key = ("school", row.school.casefold()) if row.school else ("municipality", row.municipality.casefold())
            table[key] = row.consultant
        rota.cache["caseload"] = table
    for kind, value in (("school", school_code), ("school", brin), ("municipality", municipality)):
        if value and (kind, value.strip().casefold()) in table:
            return table[kind, value.strip().casefold()]
    return None


def others_on_mobile(rota: Rota, code: str) -> Sequence[str]:
    """The other consultants with the same mobile number.

    The check refuses such a rota today. A version stored before that check may have one, and then both are claimed as
    one person.
    """
    found: dict[str, tuple[str, ...]] | None = rota.cache.get("others_on_mobile")
    if found is None:
        by_mobile: dict[str, list[str]] = {}
        for person in rota.consultants.values():
            if person.mobile:
                by_mobile.setdefault(person.mobile, []).append(person.code)
        found = {
            one: tuple(other for other in codes if other != one)
            for codes in by_mobile.values()
            if len(codes) > 1
            for one in codes
        }
        rota.cache["others_on_mobile"] = found
    return found.get(code, ())
