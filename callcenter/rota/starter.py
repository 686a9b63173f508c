"""A small rota to start from: five files in Dutch or English, which pass every check, with what to change explained."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from callcenter.rota.hours import opening
from callcenter.rota.minutes import instant_of, midnight
from callcenter.rota.model import Rota
from callcenter.rota.reading.files import read_files

# The examples of exceptions are so many days ahead, so that there is time to replace them.
_AHEAD_DAYS = 14
# Excel reads a file that begins like this as UTF-8.
_MARK = "\ufeff"

_NL = {
    "lijn.toml": """\
# Het beleid van de lijn. Wat achter een # staat is uitleg. Wat hier niet staat, heeft een gewone waarde.
#
# Bij dit bestand horen vier lijsten. Open ze in Excel en bewaar ze weer als CSV:
#   consulenten.csv   wie er werken: code, naam, mobiel nummer, de gemeenten waarvoor zij bellen
#   diensten.csv      wat elke week terugkomt; rol lijn beantwoordt de lijn, achterwacht wordt als laatste gebeld
#   afwijkingen.csv   wat op een datum anders is: verlof, ziek, training, ruil, extra
#   werkgebied.csv    de vaste consulent van een school (haar BRIN) of van een gemeente
#
# De mensen en nummers zijn verzonnen: zet je eigen mensen erin. Dan:
#   callcenter rota check MAP    zegt bij elke regel wat er niet klopt
#   callcenter rota load MAP     laat het rooster gelden

# Hoeveel mensen er ten minste aan de lijn horen te zitten. Minder is een gat in het rooster.
min_on_duty = 1

[open]
ma-vr = ["08:30-17:00"]
# za = ["09:00-12:00"]

[closed_days]
# Feestdagen zijn gesloten, tenzij ze hier staan. Deze twee moet je kiezen:
goede_vrijdag = "open"        # "open", "dicht" of "09:00-12:00"
bevrijdingsdag = "lustrum"    # "lustrum" (om de vijf jaar dicht), "elk_jaar" of "open"
# 2027-12-24 = "tot 15:00"
# 2027-05-07 = "dicht"

# Andere uren in de schoolvakanties van de regio:
# [vacation]
# regions = ["Midden"]
# open = { ma-vr = ["09:00-12:00"] }

[callbacks]
# Binnen hoeveel minuten openingstijd wordt teruggebeld: na een gemiste oproep, na een bericht, op verzoek.
missed_min = 60
voicemail_min = 120
requested_min = 120
""",
    "consulenten.csv": """\
code;naam;mobiel;email;regios;actief_van;actief_tm
ANN;Anna Voorbeeld;06 35000101;anna@voorbeeld.example;Dordrecht;;
BOB;Bob Voorbeeld;06 35000102;bob@voorbeeld.example;Gorinchem;;
CAR;Carla Voorbeeld;06 35000103;carla@voorbeeld.example;Dordrecht,Gorinchem;;
DIK;Dik Voorbeeld;06 35000104;dik@voorbeeld.example;;;
""",
    "diensten.csv": """\
code;dagen;van;tot;elke;anker;geldig_van;geldig_tm;rol;opmerking;nacht
ANN;ma-vr;08:30;12:45;;;;;lijn;elke ochtend;
BOB;ma-vr;12:15;17:00;;;;;lijn;elke middag, een half uur samen met Anna;
CAR;ma,wo,vr;08:30;17:00;;;;;lijn;drie hele dagen;
DIK;ma-vr;08:30;17:00;;;;;achterwacht;wordt als laatste gebeld;
""",
    "afwijkingen.csv": """\
id;soort;code;van;tot;vervanger;opmerking;door
1;verlof;BOB;{leave};{leave};;een hele dag weg: zonder tijden;ANN
2;ruil;ANN;{swap} 08:30;{swap} 12:45;CAR;Carla neemt de ochtend van Anna over;ANN
""",
    "werkgebied.csv": """\
brin;gemeente;code
;Dordrecht;ANN
;Gorinchem;BOB
""",
}
_EN = {
    "policy.toml": """\
# The policy of the line. What follows a # explains. What is not here has an ordinary value.
#
# Four lists belong to this file. Open them in Excel and save them as CSV again:
#   consultants.csv   who works here: code, name, mobile number, the municipalities for which they answer
#   shifts.csv        what repeats every week; role line answers the line, backup is rung last
#   exceptions.csv    what is different on a date: leave, sick, training, swap, extra
#   caseload.csv      the consultant of a school (its BRIN) or of a municipality
#
# The people and numbers are invented: put in your own. Then:
#   callcenter rota check DIR    tells what is wrong in each row
#   callcenter rota load DIR     makes it the rota in force

# How many people should at least be on the line. Fewer is a gap in the rota.
min_on_duty = 1

[open]
mon-fri = ["08:30-17:00"]
# sat = ["09:00-12:00"]

[closed_days]
# Public holidays are closed unless they are here. These two must be chosen:
good_friday = "open"          # "open", "closed" or "09:00-12:00"
liberation_day = "lustrum"    # "lustrum" (closed every five years), "every_year" or "open"
# 2027-12-24 = "until 15:00"
# 2027-05-07 = "closed"

# Other hours in the school vacations of the region:
# [vacation]
# regions = ["Midden"]
# open = { mon-fri = ["09:00-12:00"] }

[callbacks]
# Within how many minutes of opening time callers are called back: after a missed call, after a message, on request.
missed_min = 60
voicemail_min = 120
requested_min = 120
""",
    "consultants.csv": """\
code;name;mobile;email;regions;active_from;active_until
ANN;Anna Example;06 35000101;anna@example.example;Dordrecht;;
BOB;Bob Example;06 35000102;bob@example.example;Gorinchem;;
CAR;Carla Example;06 35000103;carla@example.example;Dordrecht,Gorinchem;;
DIK;Dick Example;06 35000104;dick@example.example;;;
""",
    "shifts.csv": """\
consultant;days;from;to;every;anchor;valid_from;valid_until;role;note;night
ANN;mon-fri;08:30;12:45;;;;;line;every morning;
BOB;mon-fri;12:15;17:00;;;;;line;every afternoon, half an hour together with Anna;
CAR;mon,wed,fri;08:30;17:00;;;;;line;three whole days;
DIK;mon-fri;08:30;17:00;;;;;backup;is rung last;
""",
    "exceptions.csv": """\
id;kind;consultant;from;to;substitute;note;by
1;leave;BOB;{leave};{leave};;a whole day off: without times;ANN
2;swap;ANN;{swap} 08:30;{swap} 12:45;CAR;Carla takes over Anna's morning;ANN
""",
    "caseload.csv": """\
school;municipality;consultant
;Dordrecht;ANN
;Gorinchem;BOB
""",
}


def starter_files(language: str, now: datetime) -> Mapping[str, bytes]:
    """The five files by name, in `nl` or `en`. now: the instant (UTC) after which the dated examples lie."""
    texts = _EN if language == "en" else _NL
    rota = read_files({name: text.encode() for name, text in texts.items() if "{" not in text or name.endswith("toml")})
    assert rota.rota is not None
    leave = next(_open_days(rota.rota, now, (0, 2, 4)))
    swap = next(_open_days(rota.rota, now, (1, 3)))
    dates = {"leave": f"{leave:%d-%m-%Y}", "swap": f"{swap:%d-%m-%Y}"}
    return {name: _written(name, text, dates) for name, text in texts.items()}


def _written(name: str, text: str, dates: Mapping[str, str]) -> bytes:
    return text.encode() if name.endswith(".toml") else (_MARK + text.format(**dates)).encode()


def _open_days(rota: Rota, now: datetime, weekdays: tuple[int, ...]) -> Iterator[date]:
    """The days of these weekdays on which the line is open, from two weeks ahead."""
    day = now.astimezone(rota.zone).date() + timedelta(days=_AHEAD_DAYS)
    while True:
        start, end = (instant_of(midnight(rota.zone, day + timedelta(days=after))) for after in (0, 1))
        if day.weekday() in weekdays and opening(rota, start, end):
            yield day
        day += timedelta(days=1)
