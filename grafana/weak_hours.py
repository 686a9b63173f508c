"""The panels behind reachability: when it is weak, how calls end, how long callers wait, and what they say."""

from grafana.colours import AMBER, BRAND, BROWN, GREY, OLIVE, PURPLE, RED, TEAL
from grafana.panels import COUNT_STEPS, SHARE_STEPS, Panel, bars, by_label, cells, figure, one, ranking, week
from grafana.queries import CHOSEN, ENOUGH, LINES, STEP, by_hour_of_week, grown, recorded, share
from grafana.totals import ANSWERED, OFFERED, OUTCOMES, SAID, SAID_YES, WAIT
from grafana.words import Say

_Z = 1.959964


def survey(part: str) -> str:
    """The query of the share of yes, or of an end of its Wilson interval (`low`, `high`); absent below ten answers."""
    n = f"(sum({grown(SAID, CHOSEN)}) >= {ENOUGH})"
    p = f"(sum({grown(SAID_YES, CHOSEN)}) / {n})"
    if part == "share":
        return p
    sign, square = "-" if part == "low" else "+", _Z * _Z
    half = f"{_Z} * sqrt({p} * (1 - {p}) / {n} + {square / 4:.6f} / {n} ^ 2)"
    return f"({p} + {square / 2:.6f} / {n} {sign} {half}) / (1 + {square:.6f} / {n})"


def unreached(window: str) -> str:
    """The query of offered calls that nobody took."""
    return f"sum({grown(OFFERED, window)}) - sum({grown(ANSWERED, window)})"


def weak_hours(say: Say) -> tuple[Panel, ...]:
    """When the line is weak: by weekday and hour, by half hour, and how the calls ended."""
    days = say("ma di wo do vr za zo", "Mon Tue Wed Thu Fri Sat Sun").split()
    hour = say("uur vanaf", "hour from")
    reads = say("$2.00 uur", "$2:00")
    offered, answered = by_hour_of_week("offered", reads), by_hour_of_week("answered", reads)
    lost = say("niet bereikt", "not reached")
    return (
        week(
            say("Wanneer zijn we bereikbaar?", "When are we reachable?"),
            say(
                "Deel aangenomen per weekdag en uur, in de gemeten uren van de laatste vier weken. Leeg onder tien "
                "oproepen.",
                "Share answered by weekday and hour, in the measured hours of four weeks. Empty under ten calls.",
            ),
            "percentunit",
            share(answered, offered),
            days,
            hour,
            SHARE_STEPS,
        ),
        week(
            say("Wanneer wordt er gebeld?", "When do they ring?"),
            say(
                "Aangeboden oproepen per weekdag en uur, in dezelfde uren: de aantallen achter de percentages.",
                "Offered calls by weekday and hour, in the same hours: the counts behind the shares.",
            ),
            "short",
            f"({offered}) > 0",
            days,
            hour,
            COUNT_STEPS,
        ),
        ranking(
            say("De zwakste halve uren", "The weakest half hours"),
            say(
                "De halve uren van de gekozen tijd waarin de meeste bellers niemand bereikten. De pagina Cijfers noemt "
                "de oorzaak.",
                "The half hours of the chosen time in which most callers reached nobody. Figures names the cause.",
            ),
            (
                (f"sum({grown(OFFERED, STEP)}) and ({unreached(STEP)}) > 0", say("aangeboden", "offered"), "short"),
                (f"({unreached(STEP)}) > 0", lost, "short"),
            ),
            say("halve uur tot", "half hour until"),
            order=lost,
        ),
        bars(
            say("Hoe aangeboden oproepen eindigden", "How offered calls ended"),
            say(
                "Een staaf per half uur. De delen tellen op tot de aangeboden oproepen; geweigerde oproepen en wie "
                "meteen ophing tellen niet mee.",
                "A bar for each half hour. The parts add up to the offered calls; rejected calls and those who hung up "
                "at once do not count.",
            ),
            "short",
            say("oproepen per half uur", "calls per half hour"),
            [
                by_label(
                    f"sum by (outcome) ({grown(OUTCOMES, STEP)}) > 0",
                    "outcome",
                    {
                        "answered": (say("aangenomen", "answered"), BRAND),
                        "voicemail": (say("bericht ingesproken", "message left"), TEAL),
                        "callback_requested": (say("vroeg terugbellen", "asked for a callback"), PURPLE),
                        "missed": (say("gemist", "missed"), AMBER),
                        "abandoned": (say("opgehangen", "hung up"), RED),
                        "failed": (say("mislukt", "failed"), BROWN),
                    },
                )
            ],
            height=11,
        ),
    )


def behind_it(say: Say) -> tuple[Panel, ...]:
    """What lies behind it: the waiting, the mobiles that were rung, and what callers say."""
    legs = f"callcenter_legs_total{{{LINES}}}"
    return (
        cells(
            say("Hoe lang bellers wachtten", "How long callers waited"),
            say(
                "Hoeveel bellers hoe lang wachtten, tot verbinding, bericht of ophangen. Hoe voller, hoe meer bellers.",
                "How many callers waited how long, until connected, message or gone. The stronger, the more callers.",
            ),
            "s",
            say("gewacht (seconden)", "waited (seconds)"),
            f"sum by (le) ({grown(f'{WAIT}_bucket{{{LINES}}}', STEP)})",
        ),
        bars(
            say("Onze oproepen naar mobielen", "Our calls to mobiles"),
            say(
                "Wat er werd van elke mobiel die we lieten overgaan. Voicemail: opgenomen, maar niemand drukte op 1.",
                "What became of each mobile we rang. Voicemail: picked up, and nobody pressed 1.",
            ),
            "short",
            say("mobielen per half uur", "mobiles per half hour"),
            [
                by_label(
                    f"sum by (result) ({grown(legs, STEP)}) > 0",
                    "result",
                    {
                        "accepted": (say("aangenomen", "accepted"), BRAND),
                        "voicemail": (say("voicemail", "voicemail"), TEAL),
                        "no_answer": (say("niet opgenomen", "no answer"), AMBER),
                        "busy": (say("in gesprek", "busy"), OLIVE),
                        "declined": (say("weggedrukt", "declined"), RED),
                        "too_late": (say("een ander was eerder", "another was first"), PURPLE),
                        "cancelled": (say("afgebroken", "cancelled"), GREY),
                        "failed": (say("mislukt", "failed"), BROWN),
                    },
                )
            ],
        ),
        figure(
            say("Belpeiling: goed bereikbaar?", "Survey: well reachable?"),
            say(
                "Deel ja op de ene vraag achteraf, met zijn 95%-interval; vanaf tien antwoorden.",
                "Share of yes to the one question afterwards, with its 95% interval; from ten answers on.",
            ),
            "percentunit",
            [
                one(survey("low"), say("laag", "low")),
                one(survey("share"), say("ja", "yes")),
                one(survey("high"), say("hoog", "high")),
            ],
            SHARE_STEPS,
            width=12,
        ),
        figure(
            say("Over de laatste week", "Over the last week"),
            say(
                "Aangeboden en aangenomen oproepen van de laatste zeven dagen, als die hele week gemeten is.",
                "Offered and answered calls of the last seven days, if all of that week is measured.",
            ),
            "short",
            [
                one(recorded("offered", "7d"), say("aangeboden", "offered")),
                one(recorded("answered", "7d"), say("aangenomen", "answered")),
            ],
            COUNT_STEPS,
            width=12,
        ),
    )
