"""How is a caller spoken of? Names as lists hold them become names as people say them."""

import re

_LEVELS = (
    r"lyceum|lyc|gymnasium|gym|atheneum|ath|havo|mavo|vmbo|vbo|vwo|pro|praktijkonderwijs|lwoo|vso|technasium|brugjaar"
)
# "… voor Lyceum Havo Mavo Vbo Lwoo …": a run of two or more kinds of education says nothing to the listener.
_RUN = re.compile(
    rf"[\s,-]*(?:\b(?:voor|v)\b\.?)?[\s,]*\b(?:{_LEVELS})\b(?:[\s,/]+(?:en\s+)?(?:{_LEVELS})\b)+", re.IGNORECASE
)
_SHORT = {
    "chr.": "christelijke",
    "openb.": "openbare",
    "prot.": "protestantse",
    "kath.": "katholieke",
    "r.k.": "katholieke",
    "p.c.": "protestants-christelijke",
    "sg": "scholengemeenschap",
    "scholengrp": "scholengroep",
    "loc.": "locatie",
    "vest.": "vestiging",
    "a/d": "aan den",
    "gem": "gemeente",
    "ca": "",
}
_LONGEST = 50


def spoken_name(name: str) -> str:
    """A school's or contact's name to be said aloud: without quotes, brackets and lists of school types, short forms in
    full, at most fifty characters.

    >>> spoken_name("Christelijk Scholengemeenschap voor Lyceum Havo Mavo Vbo Lwoo Insula College")
    'Christelijk Scholengemeenschap Insula College'
    """
    plain = _RUN.sub(" ", re.sub(r"[\"“”„()]", " ", name))
    words = [_SHORT.get(word.lower(), word) for word in plain.split()]
    spoken = " ".join(word for word in words if word).replace(" ,", ",").strip(" ,-/")
    if len(spoken) > _LONGEST:
        spoken = spoken[:_LONGEST].rsplit(" ", 1)[0].rstrip(" ,-/")
    return spoken or name


def spoken_caller(name: str, place: str | None) -> str:
    """A known caller with the place, which is left out where the name says it already."""
    spoken = spoken_name(name)
    if not place or place.lower() in spoken.lower():
        return spoken
    return f"{spoken}, {spoken_name(place)}"
