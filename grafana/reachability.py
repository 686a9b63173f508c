"""The dashboard Bereikbaarheid, for the team lead: is the office as reachable as it wants to be, and when is it not?"""

from grafana_foundation_sdk.builders import dashboard as builders

from grafana.board import board, group_names, page
from grafana.colours import AMBER, BAD, BLUE, BRAND, GOOD, GREY, OLIVE, PINK, PURPLE, TEAL, WARN
from grafana.panels import (
    COUNT_STEPS,
    SHARE_STEPS,
    Panel,
    Series,
    by_label,
    figure,
    lines,
    mark,
    one,
)
from grafana.queries import (
    CHOSEN,
    grown,
    quantile,
    reachability,
    share,
)
from grafana.totals import ANSWERED, IN_TIME, KEPT, OFFERED, OFFERED_OF_ALL, PROMISES, RESCUED, WAIT
from grafana.weak_hours import behind_it, weak_hours
from grafana.words import Say


def marks(say: Say) -> tuple[Series, Series, Series]:
    """The lines to compare with: the policy's target, and what schools said in 2015 and 2022.

    The target is mostly 88% too, so the line of 2015 is dotted and lies on it.
    """
    return (
        mark("max(callcenter_reachability_target_ratio)", say("doel", "target"), GOOD, width=2),
        mark(
            "vector(0.88)",
            say("88% van de scholen tevreden (KTO 2015)", "88% of schools satisfied (2015)"),
            GREY,
            (2, 6),
            2,
        ),
        mark("vector(0.69)", say("69% (2022)", "69% (2022)"), AMBER, (8, 6)),
    )


def dashboard(say: Say, product: str) -> builders.Dashboard:
    """The dashboard Bereikbaarheid."""
    return board(
        say,
        product,
        "callcenter-reachability",
        say("Bereikbaarheid", "Reachability"),
        say(
            "Hoeveel van de oproepen binnen openingstijd een consulent aannam. Een getal over de gekozen tijd "
            "verschijnt pas als Prometheus al die tijd heeft gemeten; een percentage pas vanaf tien.",
            "How many of the calls in opening hours a consultant took. A figure of the chosen time appears only where "
            "Prometheus has measured all of that time; a percentage only from ten on.",
        ),
        (*_chosen_time(say), *_history(say), *weak_hours(say), *behind_it(say)),
    )


def _chosen_time(say: Say) -> tuple[Panel, ...]:
    figures = (say("Cijfers", "Figures"), page("/cijfers"))
    callbacks = (say("Terugbellen", "Callbacks"), page("/terugbellen"))
    in_time = share(f"sum({grown(IN_TIME, CHOSEN)})", f"sum({grown(OFFERED_OF_ALL, CHOSEN)})")
    return (
        figure(
            say("Bereikbaarheid", "Reachability"),
            say(
                "Aangenomen van de aangeboden oproepen in de gekozen tijd. Rood onder 69%, groen vanaf 88%.",
                "Answered out of offered calls in the chosen time. Red below 69%, green from 88%.",
            ),
            "percentunit",
            [
                one(
                    share(f"sum({grown(ANSWERED, CHOSEN)})", f"sum({grown(OFFERED, CHOSEN)})"),
                    say("bereikbaarheid", "reachability"),
                )
            ],
            SHARE_STEPS,
            decimals=1,
            link=figures,
        ),
        figure(
            say("Aangeboden en aangenomen", "Offered and answered"),
            say(
                "De twee getallen achter de bereikbaarheid. Grijs onder tien: dan zegt een percentage niets.",
                "The two counts behind reachability. Grey under ten: a percentage says nothing then.",
            ),
            "short",
            [
                one(f"sum({grown(OFFERED, CHOSEN)})", say("aangeboden", "offered")),
                one(f"sum({grown(ANSWERED, CHOSEN)})", say("aangenomen", "answered")),
            ],
            COUNT_STEPS,
            link=figures,
        ),
        figure(
            say("Binnen de norm aangenomen", "Answered in time"),
            say(
                "Aangeboden oproepen die binnen de seconden van het beleid werden aangenomen (30, tenzij anders "
                "gekozen). Van alle soorten bellers.",
                "Offered calls taken within the policy's seconds (30 unless chosen otherwise). All kinds of callers.",
            ),
            "percentunit",
            [one(in_time, say("binnen de norm", "in time"))],
            ((None, BAD), (0.6, WARN), (0.8, GOOD)),
            link=figures,
        ),
        figure(
            say("Wachttijd", "Waiting"),
            say(
                "Zo lang wachtten de helft en negen van de tien bellers hooguit, tot verbinding, bericht of ophangen. "
                "Van alle soorten bellers. Geschat uit vakken van enkele seconden.",
                "How long half of the callers and nine in ten waited at most, until connected, message or gone. All "
                "kinds of callers. Estimated from buckets of some seconds.",
            ),
            "s",
            [
                one(quantile(0.5, WAIT, CHOSEN), say("de helft", "half")),
                one(quantile(0.9, WAIT, CHOSEN), say("negen op de tien", "nine in ten")),
            ],
            ((None, GOOD), (30, WARN), (60, BAD)),
        ),
        figure(
            say("Terugbelbeloften nagekomen", "Callback promises kept"),
            say(
                "Beloften waarvan de tijd kwam en die op tijd werden nagekomen. Een verbroken belofte die nog "
                "openstaat telt mee als niet nagekomen.",
                "Promises that came due and were kept in time. A broken promise that is still open counts as not kept.",
            ),
            "percentunit",
            [
                one(
                    share(f"sum({grown(KEPT, CHOSEN)})", f"sum({grown(PROMISES, CHOSEN)})"),
                    say("nagekomen", "kept"),
                )
            ],
            ((None, BAD), (0.8, WARN), (0.95, GOOD)),
            link=callbacks,
        ),
        figure(
            say("Rechtstreekse oproepen opgevangen", "Direct calls rescued"),
            say(
                "Oproepen naar de mobiel van een consulent die naar de lijn werden doorgestuurd in plaats van verloren "
                "te gaan.",
                "Calls to a consultant's own mobile that were forwarded to the line instead of lost.",
            ),
            "short",
            [one(f"sum({grown(RESCUED, CHOSEN)})", say("opgevangen", "rescued"))],
            ((None, GREY), (1, GOOD)),
            link=(say("Oproepen", "Calls"), page("/oproepen")),
        ),
    )


def _history(say: Say) -> tuple[Panel, ...]:
    share_axis = say("deel van de oproepen (%)", "share of calls (%)")
    rolling = lines(
        say("Bereikbaarheid over een dag, een week en vier weken", "Reachability over a day, a week and four weeks"),
        say(
            "Elk punt kijkt terug over zijn eigen tijd. Getekend waar die hele tijd gemeten is en tien oproepen telt. "
            "88% en 69% zijn het deel van de scholen dat tevreden was, niet een deel van de oproepen.",
            "Each point looks back over its own time. Drawn where all of that time is measured and has ten calls. 88% "
            "and 69% are shares of schools that were satisfied, not shares of calls.",
        ),
        "percentunit",
        share_axis,
        [
            one(reachability("1d"), say("dag", "day"), TEAL),
            one(reachability("7d"), say("week", "week"), BLUE),
            one(reachability("28d"), say("vier weken", "four weeks"), PURPLE),
            *marks(say),
        ],
        width=24,
        most=1,
    )
    colours = (BLUE, TEAL, PURPLE, PINK, OLIVE)
    groups = {value: (name, colour) for (value, name), colour in zip(group_names(say).items(), colours, strict=True)}
    by_group = lines(
        say("Bereikbaarheid per soort beller", "Reachability by kind of caller"),
        say(
            "Over de laatste week. Een soort met minder dan tien oproepen wordt niet getekend.",
            "Over the last week. A kind with fewer than ten calls is not drawn.",
        ),
        "percentunit",
        share_axis,
        [by_label(reachability("7d", "group"), "group", groups), *marks(say)],
        most=1,
    )
    kept = lines(
        say("Terugbelbeloften nagekomen over een week", "Callback promises kept over a week"),
        say(
            "Elk punt kijkt een week terug. Verbroken beloften die nog openstaan tellen mee.",
            "Each point looks back a week. Broken promises that are still open count.",
        ),
        "percentunit",
        say("deel van de beloften (%)", "share of promises (%)"),
        [one(share(f"sum({grown(KEPT, '7d')})", f"sum({grown(PROMISES, '7d')})"), say("nagekomen", "kept"), BRAND)],
        most=1,
        interval="15m",
    )
    return rolling, by_group, kept
