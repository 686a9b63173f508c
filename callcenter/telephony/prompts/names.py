"""Turns names as lists write them into names as people say them."""

import re
from functools import lru_cache

from callcenter.telephony.prompts import short_forms
from callcenter.telephony.prompts.numerals import number_words

# In characters: what fits into the longest sentence around a name, within eight seconds.
LONGEST = 58

_LEVEL = (
    r"(?:lyceum|lyc|gymnasium|gymn?|atheneum|ath|havo|mavo|vmbo(?:-(?:tl?|bk|b|k|g)\b|tl)?|vbo|vwo|pro|praktijkonderwijs"
    r"|[li]woo|vso|technasium|brugjaar|tto|eoa|isk|lhno|lto|leao|kbl|bbl|tl|loot|basis/kader)\b\.?"
)
_SORT = (
    r"(?:(?:(?:algemeen\s+)?bijz(?:onder|\.)|openbaar|opb\.|rk|gem|katholiek|christelijk|reformatorisch"
    r"|interconfessioneel|(?:algemeen\s+)?vo)\s+)"
)
# "… voor Lyceum Havo Mavo Vbo Lwoo …": two or more kinds of education in a row, which the listener does not need.
_RUN = re.compile(
    rf"[\s,(–-]*(?:\b(?:voor|v)\b\.?[\s,]*{_SORT}?|\b(?:openbaar|opb\.|gem)\s+"
    rf"|(?<!lijk\s)(?<!isch\s)(?<!het\s))\b{_LEVEL}"
    rf"(?:(?:\s*[\s,/–-]\s*)+(?:en\s+)?{_LEVEL})+\)?(?=[\s,(–-]|$)",
    re.IGNORECASE,
)
# "loc.Alberdingk", "Lwoolocatie": a short form without a space before the next word.
_GLUED = re.compile(
    r"((?:\b(?:loc|vest|vst|oec|sgm|chr|o\.b\.s|s\.g)\.)|lwoo|\bvoor(?=vwo|havo|mavo|vmbo))(?=\w)", re.IGNORECASE
)
_SHORT_SITE = re.compile(r"(?<=[\s,])(?:(?:loc|vst)\b\.?(?=\s)|vest\.(?=\s)|vest(?=\s\w))", re.IGNORECASE)
_SPELT = re.compile(r"\b(?:[A-Z] ){2,3}(?=\S)")
_PART = re.compile(r"\s*(?:,|\s[-–]+(?=\s|\w)|[()])\s*|\s+(?=(?:locatie|vestiging)\b)", re.IGNORECASE)
_KINDS = (
    r"(?:(?:openbare?|christelijke?|regionale|katholieke?|rooms|protestants|stedelijke|interconfessionele|algemeen"
    r"|bijzondere?|nationale|gemeentelijke|reformatorische|evangelische|islamitische)[\s-]+)"
)
# The kind of school before or after the proper name. It is left out when the whole name is too long.
_BEFORE = re.compile(
    rf"^{_KINDS}+(?:(?:basis)?school(?:\s+voor\s+\w*onderwijs)?|scholengemeenschap)\s+"
    r"(?=\S{4}|(?:de|het|'t)\s+\S{4})",
    re.IGNORECASE,
)
_AFTER = re.compile(
    rf"\s+(?:(?:{_KINDS}+(?:basis)?school\s+)?voor\s+(?:\S+\s+){{0,4}}?\S*onderwijs"
    rf"|{_KINDS}*scholengemeenschap|{_KINDS}+\S*onderwijs)$",
    re.IGNORECASE,
)
# A part that consists of the kind alone: "interconfessioneel V O".
_KIND_ALONE = re.compile(
    r"(?:(?:intercon\w+|openbaar|christelijk|katholiek|algemeen|bijzonder|protestants\S*|V O|voortgezet|onderwijs)"
    r"(?:\s+|$))+",
    re.IGNORECASE,
)
_SITE = re.compile(r"^(?:locatie|vestiging)\s+", re.IGNORECASE)
_KIND_OF_SCHOOL = re.compile(r"(?:buurt|dalton|jenaplan|montessori|basis|dorps)(?:basis)?sch(?:ool)?", re.IGNORECASE)
_DANGLING = re.compile(r"\s+(?:voor|van|de|het|en|(?-i:v)|met|locatie|vestiging)$", re.IGNORECASE)
_SCHOOL = re.compile(r"(?:montessori|wybrandi|jenaplan|\w{3,})sch$", re.IGNORECASE)
# … but "Oudenbosch", "Grafisch", "Baarnsch" are whole words.
_WHOLE = re.compile(
    r"(?<!montessor)(?<!wybrand)isch$|^\w{0,2}[ae]sch$|(?:bosch|wijksch|jsch|rnsch|tensch|aagsch|euwsch)$",
    re.IGNORECASE,
)
_ROMAN = {"II": 2, "III": 3, "IV": 4, "VI": 6, "VII": 7, "VIII": 8, "X": 10, "XII": 12, "XXIII": 23}
_REIGNED = ("willem", "pius", "joannes", "johannes", "paulus")
_ORDINALS = ("eerste", "tweede", "derde", "vierde", "vijfde", "zesde", "zevende", "achtste", "negende", "tiende")


@lru_cache(maxsize=8192)  # more than the schools of a region
def spoken_name(name: str, longest: int = LONGEST) -> str:
    """A school's or contact's name as it is spoken: short forms in full, without quotes, brackets and lists of kinds
    of education.

    longest: in characters. A longer name loses whole parts, from the end. A name of one part is returned whole.

    >>> spoken_name("Christelijk Scholengemeenschap voor Lyceum Havo Mavo Vbo Lwoo Insula College")
    'Christelijk Scholengemeenschap Insula College'
    >>> spoken_name("Kath BS St Willibrordus")
    'Katholieke basisschool Sint Willibrordus'
    """
    plain = " ".join(re.sub(r"[\"“”„]", " ", name).replace("`", "'").split())
    apart = _SHORT_SITE.sub(_site, _GLUED.sub(r"\1 ", plain))
    parts = [part for part in map(_in_full, _PART.split(_RUN.sub(" ", apart))) if part]
    if not parts:
        return name
    if not plain.lower().endswith(parts[-1].split()[-1].lower()):
        parts[-1] = _DANGLING.sub("", parts[-1])
    for shorten in (_without_site, _without_kind_after, _without_kind_alone, _without_last, _without_kind_before):
        if len(_joined(parts)) > longest:
            parts = shorten(parts, longest)
    return _joined(parts)


def spoken_place(place: str) -> str:
    """A place's name as it is spoken, with the abbreviated province or municipality after it written out.

    >>> spoken_place("Laren NH"), spoken_place("Alteveer gem De Wolden")
    ('Laren Noord-Holland', 'Alteveer gemeente De Wolden')
    """
    words = [short_forms.PROVINCES.get(word, word) for word in re.sub(r"\bad\b", "aan den", place).split()]
    named = ("gemeente" if word.lower() in {"gem", "gem."} else word for word in words)
    return " ".join(word for word in named if word.lower() not in {"ca", "c.a."}).strip(" ()")


def spoken_caller(name: str, place: str | None, longest: int = LONGEST, between: str = ", ") -> str:
    """A known caller with the place. The place is left out when the name contains it or the whole is too long."""
    spoken = spoken_name(name, longest)
    if not place or place.lower() in spoken.lower():
        return spoken
    with_place = f"{spoken}{between}{spoken_place(place)}"
    return with_place if len(with_place) <= longest else spoken


def _joined(parts: list[str]) -> str:
    return ", ".join(parts)


def _site(match: re.Match[str]) -> str:
    return "locatie" if match.group().lower().startswith("loc") else "vestiging"


def _without_site(parts: list[str], longest: int) -> list[str]:
    """ "locatie Augustinus" as "Augustinus"."""
    return [parts[0], *(_SITE.sub("", part) for part in parts[1:])]


def _without_kind_after(parts: list[str], longest: int) -> list[str]:
    return [part if _names_nothing(short := _AFTER.sub("", part)) else short for part in parts]


def _without_kind_alone(parts: list[str], longest: int) -> list[str]:
    return [parts[0], *(part for part in parts[1:] if not _KIND_ALONE.fullmatch(part))]


def _without_last(parts: list[str], longest: int) -> list[str]:
    kept = list(parts)
    while len(kept) > 1 and len(_joined(kept)) > longest:
        kept.pop()
    return kept


def _without_kind_before(parts: list[str], longest: int) -> list[str]:
    return [part if _names_nothing(short := _BEFORE.sub("", part)) else short for part in parts]


def _names_nothing(part: str) -> bool:
    """Whether a part holds nothing but the kind: "Christelijke"."""
    return re.sub(_KINDS, "", f"{part} ", flags=re.IGNORECASE).strip() == ""


def _in_full(part: str) -> str:
    """A part of a name with its short forms written out; empty when it names nothing."""
    if not re.search(r"\w", part) or part.strip().lower() in {"locatie", "vestiging", "school"}:
        return ""
    part = _SPELT.sub(_together, part)
    part = re.sub(r"\bv\.? ?d\.?(?= [A-Za-z])", "v/d", part, flags=re.IGNORECASE)
    part = re.sub(r"\bprot\.?[ -]chr\.?(?=\s|$)", "PC", part, flags=re.IGNORECASE)
    words = part.split()
    spoken = [_word(word, words[index + 1 :], words[:index]) for index, word in enumerate(words)]
    return " ".join(word for word in spoken if word).strip(" ,-/;")


def _together(match: re.Match[str]) -> str:
    """ "C B S" as "CBS", if that is a short form. Initials stay apart."""
    short = match.group().replace(" ", "")
    return f"{short} " if short.lower() in short_forms.WORDS or short == "CNS" else match.group()


def _word(word: str, after: list[str], before: list[str]) -> str:
    if word in {"'T", "'S"} and after:
        return word.lower()
    if re.match(r"\w.*-(?:St|ST)\.?$", word) or re.match(r"(?:St|ST)\.?-", word):
        return "-".join(_word(piece, after, before) for piece in word.split("-"))
    if re.fullmatch(rf"{short_forms.LETTERS.upper()}-\w.*", word):
        return " ".join(_word(piece, after, before) for piece in word.split("-"))
    short, dotted = word.replace(".", "").strip(";:").lower(), "." in word.rstrip(";:")
    written = _title(short, after) or _adjective(short, dotted, after)
    if written is None:
        written = short_forms.WORDS.get(short) or (short_forms.DOTTED_WORDS.get(short) if dotted else None)
    if written and written.endswith(" basisschool") and after and _KIND_OF_SCHOOL.fullmatch(after[0]):
        written = written.removesuffix(" basisschool")
    if short in {"v/d", "vd"} and after and after[0].lower().startswith(("bosch", "berg", "broek", "brink")):
        written = "van den"
    if short == "v" and not after:
        written = None  # a Roman numeral or a letter
    if written is not None:
        return written if short in short_forms.SMALL else _as_begun(word, written)
    if re.fullmatch(r"(?:[A-Za-z]{1,2}\.)+", word):
        return word.replace(".", " ").strip()  # initials
    return _numeral(word, before) or _letters(word) or _school(word)


def _as_begun(word: str, written: str) -> str:
    """Capitalise as the short form is: "Chr." becomes "Christelijke", "CBS" and "chr." stay lower-case."""
    letters = [letter for letter in word if letter.isalpha()]
    large = len(letters) > 1 and letters[0].isupper() and letters[1].islower()
    return written[:1].upper() + written[1:] if large else written


def _adjective(short: str, dotted: bool, after: list[str]) -> str | None:
    both = short_forms.ADJECTIVES.get(short) or (short_forms.DOTTED_ADJECTIVES.get(short) if dotted else None)
    if both is None:
        return None
    nouns = (word.replace(".", "").strip(",;:").lower() for word in after)
    noun = next((noun for noun in nouns if noun not in short_forms.ADJECTIVES), "")
    return both[0] if re.search(rf"{short_forms.NEUTER}$", noun) else both[1]


def _title(short: str, after: list[str]) -> str | None:
    """Titles and first names whose full form depends on the words after them."""
    who = " ".join(after).lower()
    if short == "kon":
        return "koning" if who.startswith(short_forms.KINGS) else "koningin"
    if short == "pr":
        return "prinses" if who.startswith(short_forms.PRINCESSES) else "prins"
    if short == "gr" and who.startswith(("van prinst", "v prinst")):
        return "Groen"
    if short == "joh" and who.startswith(short_forms.JOHANS):
        return "Johan"
    if short == "pc" and who.startswith("hooft"):
        return "P C"
    if short == "gen" and who.startswith(("v", "v/d")):
        return "generaal"
    if short == "gem" and not re.search(r"scho|sgm|college|lyc|gym", who):
        return "gemeente"  # of a municipality, not a school
    return None


def _numeral(word: str, before: list[str]) -> str | None:
    ordinal = re.fullmatch(r"(\d{1,2})[eE]", word)
    if ordinal and 0 < int(ordinal.group(1)) <= len(_ORDINALS):
        return _ORDINALS[int(ordinal.group(1)) - 1]
    number = _ROMAN.get(word)
    if number is None or not before:
        return None
    if not before[-1].lower().startswith(_REIGNED):
        return number_words(number, "nl") if len(word) > 1 else None
    if number <= len(_ORDINALS):
        return f"de {_ORDINALS[number - 1]}"
    return f"de {number_words(number, 'nl')}{'de' if number < 20 else 'ste'}"


def _letters(word: str) -> str | None:
    """A word that is spelt letter by letter, with spaces between the letters; None for any other."""
    plain = word.replace(".", "").strip(";:")
    if not re.fullmatch(r"[A-Za-z]{2,5}", plain):
        return None
    listed = re.fullmatch(short_forms.LETTERS, plain.lower()) or re.fullmatch(short_forms.LETTERS_IN_CAPITALS, plain)
    no_vowel = not re.search(r"[aeiouy]", plain, re.IGNORECASE)
    # "Jf Kennedy", "Jl de Wagemaker": two initials in one.
    initials = len(plain) == 2 and plain[0].isupper() and no_vowel
    return " ".join(plain.upper()) if listed or initials or (plain.isupper() and no_vowel) else None


def _school(word: str) -> str:
    if _SCHOOL.fullmatch(word) and not _WHOLE.search(word):
        return f"{word}ool"
    if re.fullmatch(r"\w{4,}lyc\.?", word, re.IGNORECASE) and word.lower() != "elckerlyc":
        return word.rstrip(".") + "eum"
    return re.sub(r"ln$", "laan", word) if re.fullmatch(r"\w{5,}ln", word) else word
