"""The short forms in Dutch school names and what they stand for. They occur in DUO's lists.

Keys are lower case without dots.
"""

from collections.abc import Mapping

# Adjectives, before a neuter noun and before any other: "christelijk lyceum", "christelijke basisschool".
ADJECTIVES: Mapping[str, tuple[str, str]] = {
    "chr": ("christelijk", "christelijke"),
    "kath": ("katholiek", "katholieke"),
    "rk": ("katholiek", "katholieke"),
    "pc": ("protestants-christelijk", "protestants-christelijke"),
    "prot": ("protestants", "protestantse"),
    "geref": ("gereformeerd", "gereformeerde"),
    "ref": ("reformatorisch", "reformatorische"),
    "oec": ("oecumenisch", "oecumenische"),
    "openb": ("openbaar", "openbare"),
    "opb": ("openbaar", "openbare"),
    "gem": ("gemeentelijk", "gemeentelijke"),
    "ned": ("Nederlands", "Nederlandse"),
    "nat": ("nationaal", "nationale"),
}
# As above, but only with a dot.
DOTTED_ADJECTIVES: Mapping[str, tuple[str, str]] = {
    "bijz": ("bijzonder", "bijzondere"),
    "intern": ("internationaal", "internationale"),
    "land": ("landelijk", "landelijke"),
}
NEUTER = r"(?:college|coll|lyceum|lyc|gymnasium|gymn?|atheneum|ath|onderwijs|centrum|i?kc|vs?o|vmbo|mavo|havo|vwo)"

WORDS: Mapping[str, str] = {
    # kinds of schools
    "bs": "basisschool",
    "basissch": "basisschool",
    "bao": "basisonderwijs",
    "bbs": "bijzondere basisschool",
    "obs": "openbare basisschool",
    "cbs": "christelijke basisschool",
    "kbs": "katholieke basisschool",
    "kb": "katholieke basisschool",
    "rkb": "katholieke basisschool",
    "rkbs": "katholieke basisschool",
    "pcb": "protestants-christelijke basisschool",
    "pcbs": "protestants-christelijke basisschool",
    "gbs": "gereformeerde basisschool",
    "smdb": "school met de Bijbel",
    "bmdb": "basisschool met de Bijbel",
    "sws": "samenwerkingsschool",
    "vs": "vrije school",
    "kc": "kindcentrum",
    "sg": "scholengemeenschap",
    "sgm": "scholengemeenschap",
    "scholengem": "scholengemeenschap",
    "scholengr": "scholengroep",
    "scholengrp": "scholengroep",
    "onderwijsgr": "onderwijsgroep",
    "praktijkond": "praktijkonderwijs",
    "coll": "college",
    "lyc": "lyceum",
    "gym": "gymnasium",
    "gymn": "gymnasium",
    "ath": "atheneum",
    "iwoo": "L W O O",
    "olv": "Onze-Lieve-Vrouwe",
    # parts of a school
    "loc": "locatie",
    "afd": "afdeling",
    "stg": "stichting",
    # people
    "ds": "dominee",
    "dr": "doctor",
    "drs": "doctorandus",
    "ir": "ingenieur",
    "mr": "meester",
    "mst": "meester",
    "jhr": "jonkheer",
    "prof": "professor",
    "mgr": "monseigneur",
    "burg": "burgemeester",
    "st": "Sint",
    "joh": "Johannes",
    "jac": "Jacobus",
    # small words
    "v": "van",
    "vd": "van de",
    "v/d": "van de",
    "dn": "den",
    "a/d": "aan den",
    "io": "in oprichting",
    "eo": "en omstreken",
    "&": "en",
    "+": "plus",
}
DOTTED_WORDS: Mapping[str, str] = {
    "ond": "onderwijs",
    "onderw": "onderwijs",
    "noord": "Noord",
    "stanislascol": "Stanislascollege",
}
# Spelt letter by letter, in upper or lower case. (So is every word in capitals without a vowel.)
LETTERS = (
    r"(?:abbs|bso|ckc|csg|cvo|eoa|ebs|ekc|ibs|icbs|ikc|ikec|isk|jkc|ksg|cse|kse|lwoo|mbo|mkc|nsg|obds|odbs|okc|ombs|osg|ozhw"
    r"|pcbo|roc|rocv|rsg|sbo|snz|svok|tto|vbo|vmbo|vso|vwo|wsko)"
)
# Spelt letter by letter in capitals only; in lower case they are words.
LETTERS_IN_CAPITALS = r"(?:ATO|EA|IC|IS|ISDS|JPS|KJS|OMO|OVMZ|SO|TOV|UDO|VO)"

KINGS = ("willem", "alexander")
PRINCESSES = (
    *("alexia", "amalia", "ariane", "beatrix", "christina", "emma", "irene"),
    *("juliana", "margriet", "marijke", "maxima", "wilhelmina"),
)
# Titles and small words are lower-case, whatever the list's spelling.
SMALL = (
    *("ds", "dr", "drs", "ir", "mr", "mst", "jhr", "prof", "mgr", "burg", "pr", "kon", "gen"),
    *("v", "vd", "v/d", "a/d", "io", "eo"),
)
# Persons whose "Joh" is Johan, not Johannes.
JOHANS = ("de witt", "van oldenbarn", "friso")
PROVINCES: Mapping[str, str] = {
    "NH": "Noord-Holland",
    "ZH": "Zuid-Holland",
    "NB": "Noord-Brabant",
    "OV": "Overijssel",
    "GLD": "Gelderland",
    "UT": "Utrecht",
    "FR": "Friesland",
    "GN": "Groningen",
    "DR": "Drenthe",
    "LB": "Limburg",
}
