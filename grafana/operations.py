"""The dashboard Techniek, for the administrator: does the installation do its work?"""

from grafana_foundation_sdk.builders import dashboard as builders

from grafana.board import board, page
from grafana.colours import AMBER, BAD, BLUE, GOOD, GREY, OLIVE, PALETTE, PINK, PURPLE, RED, TEAL, WARN
from grafana.panels import FAULT_STEPS, Panel, Series, bars, by_label, figure, lines, listing, one
from grafana.queries import LINES, SMOOTH, STEP, grown, grown_of_any, quantile
from grafana.words import Say

_SECONDS = "callcenter_webhook_seconds"


def dashboard(say: Say, product: str) -> builders.Dashboard:
    """The dashboard Techniek."""
    return board(
        say,
        product,
        "callcenter-operations",
        say("Techniek", "Operations"),
        say(
            "Webhooks, opdrachten aan Twilio, taken van de klok en het rooster: wat de lijn laat werken.",
            "Webhooks, orders to Twilio, jobs of the clock and the rota: what keeps the line working.",
        ),
        (*_at_a_glance(say), *_webhooks(say), *_outside(say), *_jobs(say)),
    )


def _at_a_glance(say: Say) -> tuple[Panel, ...]:
    rota = (say("Rooster", "Rota"), page("/rooster"))
    callbacks = (say("Terugbellen", "Callbacks"), page("/terugbellen"))
    return (
        figure(
            say("Is de lijn open?", "Is the line open?"),
            say("Volgens het rooster dat nu geldt.", "By the rota in force."),
            "short",
            [one(f"max(callcenter_line_open{{{LINES}}})", say("lijn", "line"))],
            ((None, GREY), (1, GOOD)),
            words={"1": (say("open", "open"), GOOD), "0": (say("gesloten", "closed"), GREY)},
            link=rota,
        ),
        figure(
            say("Niet geholpen en geen terugbelbelofte", "Unanswered without callback"),
            say(
                "Bellers met een nummer die niemand hielp en die niet worden teruggebeld. Moet 0 zijn.",
                "Calls nobody took, from a caller with a number, that no callback was made for. Must be 0.",
            ),
            "short",
            [one("max(callcenter_unanswered_without_callback)", say("oproepen", "calls"))],
            FAULT_STEPS,
            link=(say("Oproepen", "Calls"), page("/oproepen")),
        ),
        figure(
            say("Terugbellen te laat", "Callbacks overdue"),
            say("Beloften waarvan de tijd voorbij is.", "Promises whose time has passed."),
            "short",
            [one("max(callcenter_callbacks_overdue)", say("te laat", "overdue"))],
            ((None, GOOD), (1, WARN), (5, BAD)),
            link=callbacks,
        ),
        figure(
            say("Rooster geweigerd", "Rota refused"),
            say(
                "1 nadat een rooster met een fout werd geweigerd: het laatste goede geldt nog.",
                "1 after a rota was refused: the last good one is still in force.",
            ),
            "short",
            [one("max(callcenter_rota_load_failed)", say("geweigerd", "refused"))],
            FAULT_STEPS,
            link=rota,
        ),
        figure(
            say("Te weinig ingepland, komende 7 dagen", "Too few planned, next 7 days"),
            say("Openingstijd waarin te weinig mensen zijn ingepland.", "Opening time with too few people planned."),
            "s",
            [one(f"max(callcenter_rota_gap_seconds{{{LINES}}})", say("te weinig", "too few"))],
            ((None, GOOD), (1, WARN)),
            link=rota,
        ),
        figure(
            say("Oudste opdracht", "Oldest order"),
            say(
                "Hoe lang de oudste opdracht aan Twilio of een kanaal al moet gebeuren. Seconden zijn gewoon.",
                "For how long the oldest order to Twilio or a channel has been due. Seconds are normal.",
            ),
            "s",
            [one("max(callcenter_outbox_oldest_seconds)", say("oudste", "oldest"))],
            ((None, GOOD), (30, WARN), (120, BAD)),
        ),
    )


def _webhooks(say: Say) -> tuple[Panel, ...]:
    requests = say("verzoeken per half uur", "requests per half hour")
    return (
        bars(
            say("Antwoorden aan Twilio", "Answers to Twilio"),
            say("Beantwoorde webhooks, naar HTTP-status.", "Webhooks answered, by HTTP status."),
            "short",
            requests,
            [
                by_label(
                    f"sum by (status) ({grown_of_any(f'{_SECONDS}_count', STEP)}) > 0",
                    "status",
                    {
                        "200": ("200", BLUE),
                        "204": ("204", TEAL),
                        "403": ("403", AMBER),
                        "404": ("404", OLIVE),
                        "500": ("500", RED),
                        "503": ("503", PINK),
                    },
                )
            ],
        ),
        lines(
            say("Hoe lang onze antwoorden duurden", "Time our answers took"),
            say(
                "Binnen deze tijd was de helft en was 95% van de webhooks beantwoord. De beller hoort zo lang stilte.",
                "Half and 95% of the webhooks were answered within this time. Callers hear silence meanwhile.",
            ),
            "s",
            say("seconden", "seconds"),
            [
                one(quantile(0.5, _SECONDS, SMOOTH, None), say("de helft", "half"), BLUE),
                one(quantile(0.95, _SECONDS, SMOOTH, None), "95%", AMBER),
            ],
            interval="5m",
        ),
        bars(
            say("Geweigerde en herhaalde webhooks", "Webhooks refused and repeated"),
            say(
                "Geweigerd: niet door Twilio ondertekend, of voor een nummer dat geen lijn is. Herhaald: kwam nog eens "
                "en kreeg hetzelfde antwoord.",
                "Refused: not signed by Twilio, or for a number that is no line. Repeated: came again, same answer.",
            ),
            "short",
            requests,
            [
                by_label(
                    f"sum by (reason) ({grown('callcenter_webhooks_rejected_total', STEP)}) > 0",
                    "reason",
                    {
                        "signature": (say("verkeerde ondertekening", "wrong signature"), RED),
                        "unsigned": (say("niet ondertekend", "unsigned"), AMBER),
                        "body": (say("inhoud klopt niet", "wrong body"), PURPLE),
                        "account": (say("ander account", "another account"), PINK),
                        "unknown_line": (say("nummer is geen lijn", "number is no line"), OLIVE),
                    },
                ),
                one(f"sum({grown('callcenter_webhook_replays_total', STEP)}) > 0", say("herhaald", "repeated"), BLUE),
            ],
        ),
        bars(
            say("Verzoeken die niet zijn behandeld", "Requests that no handler saw"),
            say(
                "Te groot, te langzaam, misvormd, of te veel tegelijk. Oproepen gaan door.",
                "Too large, too slow, malformed, or too many at once. Calls go on.",
            ),
            "short",
            requests,
            [
                by_label(
                    f"sum by (reason) ({grown('callcenter_requests_refused_total', STEP)}) > 0",
                    "reason",
                    {
                        "busy": (say("te veel tegelijk", "too many at once"), RED),
                        "too_slow": (say("te langzaam", "too slow"), AMBER),
                        "too_large": (say("te groot", "too large"), PURPLE),
                        "malformed": (say("misvormd", "malformed"), BLUE),
                    },
                )
            ],
        ),
    )


def _outside(say: Say) -> tuple[Panel, ...]:
    return (
        bars(
            say("Verzoeken aan Twilio", "Requests to Twilio"),
            say(
                "Opdrachten die via Twilio's REST API zijn uitgevoerd, en die mislukten.",
                "Orders carried out through Twilio's REST API, and those that failed.",
            ),
            "short",
            say("verzoeken per half uur", "requests per half hour"),
            [
                by_label(
                    f"sum by (result) ({grown_of_any('callcenter_twilio_requests_total', STEP)}) > 0",
                    "result",
                    {
                        "ok": (say("gelukt", "done"), BLUE),
                        "failed": (say("mislukt", "failed"), RED),
                        "not_ready": (say("opname nog niet klaar", "recording not ready yet"), TEAL),
                    },
                )
            ],
        ),
        bars(
            say("Bellers door een grens tegengehouden", "Callers held back by a limit"),
            say(
                "Niet doorverbonden: zij spraken een bericht in of vroegen terugbellen.",
                "Not put through: they left a message or asked for a callback.",
            ),
            "short",
            say("bellers per half uur", "callers per half hour"),
            [
                by_label(
                    f"sum by (limit) ({grown('callcenter_calls_limited_total', STEP)}) > 0",
                    "limit",
                    {
                        "number": (say("per nummer", "per number"), BLUE),
                        "contact": (say("per contact", "per contact"), RED),
                        "withheld": (say("anoniem", "withheld"), TEAL),
                        "withheld_at_once": (say("anoniem, tegelijk", "withheld, at once"), PURPLE),
                        "keyed": (say("ingetoetst nummer", "keyed number"), OLIVE),
                        "colleagues": (say("mobielen van collega's", "colleagues' mobiles"), AMBER),
                    },
                )
            ],
        ),
        lines(
            say("Onze oproepen van het laatste uur", "Our calls of the last hour"),
            say(
                "Naar bellers, met één druk op de knop, en naar mobielen van collega's; als deel van de grens.",
                "To callers, by one press, and to colleagues' mobiles; as a share of the policy's limit.",
            ),
            "percentunit",
            say("deel van de grens (%)", "share of the limit (%)"),
            [
                by_label(
                    "max by (to) (callcenter_outgoing_calls) / max by (to) (callcenter_outgoing_calls_limit)",
                    "to",
                    {
                        "callers": (say("bellers", "callers"), BLUE),
                        "colleagues": (say("collega's", "colleagues"), TEAL),
                    },
                )
            ],
        ),
        lines(
            say("Opdrachten die wachten", "Orders waiting"),
            say(
                "Wat buiten nog moet gebeuren. Verborgen zolang er niets wacht.",
                "What is still to be done outside. Nothing is drawn while nothing waits.",
            ),
            "short",
            say("opdrachten", "orders"),
            [
                _orders(
                    say, 'sum by (kind) (max without (instance) (callcenter_outbox_messages{state=~"queued|taken"}))'
                )
            ],
        ),
        lines(
            say("Opgegeven opdrachten", "Orders given up"),
            say(
                "In de laatste 24 uur: tot het eind geweigerd, of niet op tijd opgepakt. Leeg is goed.",
                "In the last 24 hours: refused to the end, or never taken in their time. Empty is good.",
            ),
            "short",
            say("opdrachten", "orders"),
            [
                _orders(
                    say, 'sum by (kind) (max without (instance) (callcenter_outbox_messages{state=~"failed|expired"}))'
                )
            ],
        ),
        lines(
            say("Berichten die niemand bereikten", "Messages that reached nobody"),
            say(
                "Teksten aan consulenten en berichten aan de teamleider: opgegeven in de laatste dag, of een kwartier "
                "lang mislukt.",
                "Texts to consultants and messages to the team lead: given up in a day, or failing for 15 minutes.",
            ),
            "short",
            say("berichten", "messages"),
            [_orders(say, "max by (kind) (callcenter_messages_untold)")],
        ),
    )


def _orders(say: Say, expr: str) -> Series:
    names = {
        "place_leg": say("mobiel bellen", "ring a mobile"),
        "callback_leg": say("terugbellen", "ring back"),
        "cancel_leg": say("bellen stoppen", "stop ringing"),
        "check_leg": say("mobiel nakijken", "check a mobile"),
        "check_call": say("oproep nakijken", "check a call"),
        "redirect_caller": say("beller doorsturen", "redirect a caller"),
        "fetch_recording": say("bericht ophalen", "fetch a message"),
        "notify_sms": say("tekst aan consulent", "text to a consultant"),
        "notify_lead": say("bericht aan teamleider", "message to the team lead"),
    }
    rare = {
        "callback_stop": say("terugbellen stoppen", "stop ringing back"),
        "check_attempt": say("terugbellen nakijken", "check a callback"),
        "disbelieve_leg": say("mobiel opnieuw zoeken", "look for a mobile again"),
        "list_recordings": say("berichten opzoeken", "look for messages"),
        "delete_recording": say("opname wissen", "delete a recording"),
        "survey_text": say("belpeiling per sms", "survey by text"),
        "report_mail": say("maandrapport mailen", "mail the month report"),
        "notify_mail": say("mail aan consulent", "mail to a consultant"),
        "notify_push": say("pushbericht aan consulent", "push message to a consultant"),
        "lead_again": say("bericht aan teamleider herhalen", "repeat a message to the team lead"),
    }
    coloured = {kind: (name, colour) for (kind, name), colour in zip(names.items(), PALETTE, strict=True)}
    return by_label(expr, "kind", {**coloured, **{kind: (name, None) for kind, name in rare.items()}})


def _jobs(say: Say) -> tuple[Panel, ...]:
    age = "time() - max by (job) (callcenter_job_last_success_timestamp_seconds)"
    return (
        listing(
            say("Sinds elke taak haar werk deed", "Since each job last did its work"),
            say(
                "De taken van de klok; /readyz zegt welke te lang geleden is.",
                "The clock's jobs; /readyz says which one is too old.",
            ),
            "s",
            age,
            ("job", say("taak", "job")),
            say("geleden", "ago"),
            ((None, GOOD), (6 * 3600, WARN), (18 * 3600, BAD)),
        ),
        bars(
            say("Oproepen alleen bekend uit Twilio's lijst", "Calls known only from Twilio's list"),
            say(
                "Wat het vergelijken met Twilio vond: oproepen die kwamen toen wij weg waren.",
                "What reconciliation found: calls that came in while we were down.",
            ),
            "short",
            say("oproepen per half uur", "calls per half hour"),
            [
                by_label(
                    f"sum by (result) ({grown_of_any('callcenter_reconciled_calls_total', STEP)}) > 0",
                    "result",
                    {
                        "added": (say("toegevoegd", "added"), AMBER),
                        "finished": (say("afgemaakt", "finished"), BLUE),
                        "ring": (say("belde zonder verbinding", "rang in vain"), TEAL),
                    },
                )
            ],
        ),
        listing(
            say("Hosts die antwoorden", "Hosts that answer"),
            say("Hoeveel hosts Prometheus bereikt, per versie.", "How many hosts Prometheus reaches, by release."),
            "short",
            "count by (version) (callcenter_build_info)",
            ("version", say("versie", "release")),
            say("hosts", "hosts"),
            ((None, BAD), (1, GOOD)),
        ),
        figure(
            say("Oudste bericht dat nog moet worden opgehaald", "Oldest message still to be fetched"),
            say(
                "Hoe lang de opname van een beller al bij Twilio wacht.",
                "For how long a caller's recording has been waiting at Twilio.",
            ),
            "s",
            [one("max(callcenter_recordings_oldest_seconds)", say("oudste", "oldest"))],
            ((None, GOOD), (600, WARN), (3600, BAD)),
            width=12,
            height=8,
        ),
    )
