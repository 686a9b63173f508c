"""The codes of RMC regions by name. The list of secondary schools may name regions without their codes.

Source: columns RMC-REGIO CODE and RMC-REGIO NAAM of DUO's list of primary school locations, August 2026 (CC0).
"""

_NAMES = {
    "01": "Oost-Groningen",
    "02": "Noord-Groningen-Eemsmond",
    "03": "Centraal en Westelijk Groningen",
    "04": "Friesland Noord",
    "05": "Zuid-West Friesland",
    "06": "Friesland-Oost ('de Friese Wouden')",
    "07": "Noord- en Midden Drenthe",
    "08": "Zuid-Oost Drenthe",
    "09": "Zuid-West Drenthe",
    "10": "IJssel-Vecht",
    "11": "Stedendriehoek",
    "12": "Twente",
    "13": "Achterhoek",
    "15": "Rivierenland",
    "16": "Eem en Vallei",
    "17": "Noordwest-Veluwe",
    "18": "Flevoland",
    "19": "Utrecht",
    "20": "Gooi en Vechtstreek",
    "21": "Agglomeratie Amsterdam",
    "22": "West-Friesland",
    "23": "Kop van Noord-Holland",
    "24": "Noord-Kennemerland",
    "25": "Zuid-Kennemerland en IJmond",
    "26": "Zuid-Holland-Noord",
    "27": "Zuid-Holland-Oost",
    "28": "Haaglanden/Westland",
    "29": "Rijnmond",
    "30": "Zuid-Holland-Zuid",
    "31": "Oosterschelde Regio",
    "32": "Walcheren",
    "33": "Zeeuws-Vlaanderen",
    "34": "West-Brabant",
    "35": "Midden-Brabant",
    "36": "Noord-Oost-Brabant",
    "37": "Zuidoost-Brabant",
    "38": "Gewest Limburg-Noord",
    "39": "Gewest Zuid-Limburg",
    "40": "Rijk van Nijmegen",
    "41": "Arnhem",
}
_CODES = {name.casefold(): code for code, name in _NAMES.items()}


def region_code(name: str) -> str:
    """The two digits of the RMC region with this name in DUO's spelling, or an empty text for an unknown name."""
    return _CODES.get(name.strip().casefold(), "")
