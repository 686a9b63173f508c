"""The dashboard Wand, for a screen on the wall: open, reachable, is somebody waiting? Read from five metres."""

from grafana_foundation_sdk.builders import dashboard as builders

from grafana.board import board
from grafana.colours import BAD, GOOD, GREY, WARN
from grafana.panels import COUNT_STEPS, FAULT_STEPS, SHARE_STEPS, figure, one
from grafana.queries import CHOSEN, GROUPS, LINES, grown, share
from grafana.words import Say

# Pixels of 0.6 mm on a television of 140 cm: a figure of 100 is 60 mm high, and its name 20 mm. From five metres, 25 mm
# is comfortable and 15 mm can be read (a two-hundredth and a three-hundredth of the distance).
_LARGE, _LARGEST = 100, 130


def dashboard(say: Say, product: str) -> builders.Dashboard:
    """The dashboard Wand; `?kiosk&theme=dark` behind its address gives the screen of the wall."""
    offered = f"sum({grown(f'callcenter_offered_calls_total{{{GROUPS}}}', CHOSEN)})"
    answered = f"sum({grown(f'callcenter_answered_calls_total{{{GROUPS}}}', CHOSEN)})"
    consultants = "callcenter_consultants"
    # An instant query finds a sample of the last five minutes; an older one is looked for within the hour.
    last = "timestamp(callcenter_line_open)"
    age = f"time() - (max({last}) or max(max_over_time({last}[1h:1m])))"
    nothing = say("geen gegevens", "no data")
    panels = (
        figure(
            say("Is de lijn open?", "Is the line open?"),
            say("Volgens het rooster dat nu geldt.", "By the rota in force."),
            "short",
            [one(f"max(callcenter_line_open{{{LINES}}})", say("de lijn is", "the line is"))],
            ((None, GREY), (1, GOOD)),
            words={"1": (say("Open", "Open"), GOOD), "0": (say("Gesloten", "Closed"), GREY)},
            width=12,
            height=8,
            nothing=nothing,
            size=_LARGEST,
        ),
        figure(
            say("Hoeveel bellers wachten?", "How many callers are waiting?"),
            say("Bellers die nu naar een consulent zoeken.", "Callers for whom a consultant is looked for now."),
            "short",
            [
                one(
                    f'sum(max without (instance) (callcenter_calls_in_progress{{{LINES},state="ringing"}}))',
                    say("wachten", "waiting"),
                )
            ],
            ((None, GOOD), (1, WARN), (3, BAD)),
            width=6,
            height=8,
            nothing=nothing,
            size=_LARGEST,
        ),
        figure(
            say("Hoeveel consulenten zijn vrij?", "How many consultants are free?"),
            say("Consulenten die nu een beller kunnen aannemen.", "Consultants who can take a caller now."),
            "short",
            [one(f'max({consultants}{{{LINES},state="available"}})', say("vrij", "free"))],
            ((None, BAD), (1, WARN), (2, GOOD)),
            width=6,
            height=8,
            nothing=nothing,
            size=_LARGEST,
        ),
        figure(
            say("Bereikbaarheid vandaag", "Reachability today"),
            say(
                "Aangenomen van de aangeboden oproepen sinds middernacht; vanaf tien oproepen.",
                "Answered out of offered calls since midnight; from ten calls on.",
            ),
            "percentunit",
            [one(share(answered, offered), say("bereikt vandaag", "reached today"))],
            SHARE_STEPS,
            width=8,
            height=7,
            size=_LARGE,
        ),
        figure(
            say("Aangenomen en aangeboden vandaag", "Answered and offered today"),
            say("De twee aantallen achter het percentage.", "The two counts behind the percentage."),
            "short",
            [one(answered, say("aangenomen", "answered")), one(offered, say("aangeboden", "offered"))],
            COUNT_STEPS,
            width=8,
            height=7,
            size=_LARGE,
        ),
        figure(
            say("Terugbellen te laat", "Callbacks overdue"),
            say("Beloften waarvan de tijd voorbij is.", "Promises whose time has passed."),
            "short",
            [one("max(callcenter_callbacks_overdue)", say("te laat", "overdue"))],
            FAULT_STEPS,
            width=4,
            height=7,
            nothing=nothing,
            size=_LARGE,
        ),
        figure(
            say("Hoe oud zijn deze cijfers?", "How old are these figures?"),
            say(
                "Tijd sinds Prometheus de lijn voor het laatst bereikte. Rood: geloof dit scherm niet.",
                "Time since Prometheus last reached the line. Red: do not believe this screen.",
            ),
            "s",
            [one(age, say("oud", "old"))],
            ((None, GOOD), (60, WARN), (120, BAD)),
            width=4,
            height=7,
            nothing=nothing,
            absent=BAD,
            size=_LARGE,
        ),
    )
    return board(
        say,
        product,
        "callcenter-wall",
        say("Wand", "Wall"),
        say(
            "Voor een scherm aan de muur: zet ?kiosk&theme=dark achter het adres.",
            "For a screen on the wall: put ?kiosk&theme=dark behind the address.",
        ),
        panels,
        refresh="15s",
    ).style("dark")
