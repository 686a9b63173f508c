"""Spells the names of places and municipalities, which DUO writes in capitals."""

import re

# Lower-case words inside a name, and suffixes that CBS writes in lower case: "Capelle aan den IJssel", "Nuenen ca".
_SMALL = frozenset(
    ("aan", "ad", "an", "bij", "ca", "de", "den", "der", "en", "gem", "het", "in", "op", "te", "ten", "ter", "van")
)
# Provinces as suffixes, which distinguish two places with one name: "Laren NH".
_CAPITALS = frozenset(("NH", "ZH", "NB", "OV", "GLD", "UT", "FR", "GN", "DR", "LB"))


def place_name(text: str) -> str:
    """A Dutch place's name in its usual spelling, from capitals; text already in mixed case is left as it is.

    >>> place_name("'S-GRAVENDEEL"), place_name("CAPELLE AAN DEN IJSSEL"), place_name("REUSEL-DE MIERDEN")
    ("'s-Gravendeel", 'Capelle aan den IJssel', 'Reusel-De Mierden')
    """
    if text != text.upper():
        return text
    # DUO drops the apostrophe in municipalities: "S GRAVENHAGE".
    text = re.sub(r"^([ST]) (?=[A-Z])", r"'\1-", text)
    pieces = re.split(r"([ -])", text)
    return "".join(_piece(piece, index, pieces) for index, piece in enumerate(pieces))


def _piece(piece: str, index: int, pieces: list[str]) -> str:
    small = piece.lower()
    if small == "gem.":
        return small
    if small in {"'s", "'t"}:
        return small
    after_space = index > 0 and pieces[index - 1] == " "
    after_municipality = after_space and pieces[index - 2].lower() in {"gem", "gem."}
    if after_space and small in _SMALL and not after_municipality:
        return small
    if after_space and piece in _CAPITALS:
        return piece
    if small.startswith("ij"):
        return "IJ" + small[2:]
    return small[:1].upper() + small[1:]
