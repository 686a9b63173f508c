"""The words for states, outcomes and reasons on the pages, in the visitor's language."""

from collections.abc import Mapping

from callcenter.web.locale import later as _l

Words = Mapping[str, object]

OUTCOMES: Words = {
    "answered": _l("answered"),
    "voicemail": _l("message left"),
    "callback_requested": _l("callback asked for"),
    "missed": _l("missed"),
    "abandoned": _l("hung up while waiting"),
    "closed": _l("outside opening hours"),
    "rejected": _l("not put through"),
    "failed": _l("failed"),
}
# The parts of a bar.
PARTS: Words = {
    "answered": _l("answered"),
    "message": _l("message or callback"),
    "missed": _l("missed"),
    "abandoned": _l("hung up while waiting"),
}
# Why callers reached nobody, after a number: "3 × nobody was on duty".
CAUSES: Words = {
    "limit": _l("held back by a limit"),
    "down": _l("rang while we were down"),
    "nobody_on_duty": _l("nobody was on duty"),
    "not_accepted": _l("not accepted"),
    "mailbox": _l("a voicemail picked up"),
    "not_rung": _l("the mobiles could not be rung"),
    "gave_up": _l("gave up while a mobile rang"),
    "all_talking": _l("everybody was talking"),
    "nobody_free": _l("those on duty were paused, away or on a break"),
    "unknown": _l("cause unknown"),
}
CALL_STATES: Words = {
    "ringing": _l("waiting"),
    "connected": _l("talking"),
    "message": _l("leaving a message"),
    "ended": _l("ended"),
}
LEG_RESULTS: Words = {
    "accepted": _l("pressed 1"),
    "declined": _l("declined"),
    "no_answer": _l("did not pick up"),
    "busy": _l("was busy"),
    "voicemail": _l("picked up, nobody pressed 1"),
    "too_late": _l("a colleague was first"),
    "cancelled": _l("stopped ringing: no longer needed"),
    "failed": _l("could not be rung"),
}
GROUPS: Words = {
    "school": _l("school"),
    "partner": _l("partner"),
    "parent": _l("parent"),
    "youth": _l("youth"),
    "unknown": _l("unknown"),
}
CALLBACK_STATES: Words = {
    "open": _l("open"),
    "claimed": _l("being done"),
    "reached": _l("reached"),
    "unreachable": _l("unreachable"),
    "cancelled": _l("cancelled"),
    "resolved": _l("rang again themselves"),
}
CALLBACK_REASONS: Words = {
    "missed": _l("missed call"),
    "abandoned": _l("hung up while waiting"),
    "voicemail": _l("message left"),
    "requested": _l("asked to be called back"),
    "closed": _l("rang outside opening hours"),
    "reconciled": _l("rang while we were down"),
    "manual": _l("made by hand"),
}
ATTEMPT_RESULTS: Words = {
    "reached": _l("reached"),
    "no_answer": _l("no answer"),
    "voicemail": _l("message left with them"),
    "wrong_number": _l("wrong number"),
    "not_made": _l("not made"),
    "unclear": _l("not known yet"),
}
ATTEMPT_STATES: Words = {
    "queued": _l("your telephone is about to ring"),
    "ringing_consultant": _l("your telephone rings: press 1"),
    "ringing_caller": _l("the caller's telephone rings"),
    "talking": _l("talking"),
    "ended": _l("ended"),
}
PRESENCE: Words = {
    "available": _l("available"),
    "busy": _l("busy"),
    "break": _l("break"),
    "away": _l("away"),
}
ROLES: Words = {
    "consultant": _l("consultant"),
    "lead": _l("team lead"),
    "admin": _l("administrator"),
    "none": _l("no role any more"),
    "line": _l("line"),
    "backup": _l("backup"),
}
EXCEPTIONS: Words = {
    "leave": _l("on leave"),
    "sick": _l("sick"),
    "training": _l("in training"),
    "swap": _l("swapped"),
    "extra": _l("extra"),
}
# Why a consultant was or was not rung. Where a reason has an end, the page shows it beside the word.
DECISIONS: Words = {
    "not_planned": _l("not planned"),
    "leave": _l("on leave"),
    "sick": _l("sick"),
    "training": _l("in training"),
    "swapped_away": _l("swapped with a colleague"),
    "inactive": _l("no longer works here"),
    "closed": _l("the line was closed"),
    "busy": _l("busy"),
    "break": _l("break"),
    "away": _l("away"),
    "on_call": _l("on a call"),
    "wrap_up": _l("wrap-up after a call"),
    "paused": _l("paused after calls not accepted"),
    "reserved": _l("was being rung for another caller"),
    "not_preferred": _l("not this school's own consultant"),
    "unknown": _l("not in the rota"),
    "on_duty": _l("on duty"),
    "other_region": _l("works for another region"),
    "already_offered": _l("was rung before in this search"),
    "engaged": _l("the mobile was engaged"),
    "is_the_caller": _l("was the one who rang"),
    "turn_of_another": _l("it was another caller's turn"),
    "just_let_go": _l("had just sent this caller on to the line"),
    "offered": _l("rung"),
    "outside_role": _l("not in this step's role"),
    "eligible": _l("free"),
    "queued": _l("was next in turn"),
}
STEPS: Words = {
    "preferred": _l("the school's own consultant"),
    "region": _l("consultants of the region"),
    "anyone": _l("anyone on duty"),
    "backup": _l("backup"),
    "message": _l("message"),
    "wait": _l("wait for whoever comes free"),
    "closed": _l("closed"),
    "cap": _l("the time to search is over"),
    "exhausted": _l("everybody was tried"),
    "dial": _l("one by one"),
    "blocked": _l("a blocked number"),
    "loop": _l("our own call that came back"),
    "limit": _l("not put through"),
    "number": _l("too many unanswered calls of this number within an hour"),
    "contact": _l("too many unanswered calls of this number within an hour"),
    "withheld": _l("too many unanswered calls of withheld numbers within an hour"),
    "withheld_at_once": _l("too many withheld numbers at once"),
    "colleagues": _l("as many mobiles were rung within the hour as the policy allows"),
    "reconciled": _l("stored from Twilio's list of calls"),
    "documents": _l("the documents that Twilio asked for tell the outcome"),
    "length": _l("only the length of the call to the consultant tells of the talk"),
    "list": _l("Twilio tells no more of it"),
    "unsure": _l("a mobile was picked up, and it is not known whether they spoke"),
}
# The results of callbacks that wait only for a message to be heard.
CLOSINGS: Words = {
    "reach": _l("reached"),
    "give_up": _l("unreachable"),
    "cancel": _l("wrong number"),
}
NOTICES: Words = {
    "new": _l("a new callback"),
    "due_soon": _l("a callback that is nearly due"),
    "overdue": _l("a callback that is too late"),
    "digest": _l("the list of the morning"),
}
# Why a press of "call" was refused.
REFUSALS: Words = {
    "withheld": _l("The caller left no number."),
    "invalid": _l("This is not a number that can be dialled."),
    "own": _l("This is a number of our own."),
    "country": _l("Numbers of this country are not dialled."),
    "satellite": _l("Satellite numbers are not dialled."),
    "premium": _l("Paid and short numbers are not dialled."),
    "own_telephone": _l("One press does not ring this number. Ring it from your own telephone and note the result."),
    "blocked": _l("This number is blocked."),
    "too_often": _l("This number was rung too often today. Try again tomorrow."),
    "limit": _l("As many callers were rung within the hour as the policy allows. The team lead is told."),
    "on_call": _l("You are on a call."),
    "no_mobile": _l("The rota has no mobile number to ring you on."),
    "closed": _l("This callback is closed already."),
}
# The same for the team lead, who has a colleague's telephone rung: where another word is needed.
REFUSALS_OF_A_COLLEAGUE: Words = {
    "on_call": _l("This colleague is on a call."),
    "no_mobile": _l("The rota has no mobile number of this colleague."),
}
# Shown beside a number that one press cannot call.
BY_HAND: Words = {
    "invalid": _l("not a number that can be dialled"),
    "own": _l("a number of our own"),
    "country": _l("abroad: ringing may be dear"),
    "satellite": _l("satellite: ringing is dear"),
    "premium": _l("paid number: ringing is dear"),
    "own_telephone": _l("ring from your own telephone"),
}
ACTIONS: Words = {
    "login": _l("logged in"),
    "login_failed": _l("tried to log in in vain"),
    "login_locked": _l("locked after wrong passwords"),
    "login_refused": _l("was refused with an office account"),
    "office_account_tied": _l("tied an office account"),
    "office_account_untied": _l("untied an office account"),
    "role_changed": _l("changed a role"),
    "second_factor_on": _l("turned the second factor on"),
    "second_factor_off": _l("turned the second factor off"),
    "recovery_codes_made": _l("made new recovery codes"),
    "code_refused": _l("typed a wrong code"),
    "emergency_code_made": _l("made an emergency code"),
    "password_changed": _l("changed the own password"),
    "sessions_ended": _l("ended the own other sessions"),
    "user_unlocked": _l("unlocked a login"),
    "numbers_read": _l("read numbers by the API"),
    "voicemail_heard": _l("listened to a message"),
    "voicemail_ticked": _l("noted a message as heard"),
    "user_added": _l("made a login"),
    "user_disabled": _l("took a login away"),
    "user_enabled": _l("gave a login back"),
    "password_set": _l("set a password"),
    "token_created": _l("made an API token"),
    "token_revoked": _l("revoked an API token"),
    "number_blocked": _l("blocked a number"),
    "number_unblocked": _l("unblocked a number"),
    "prompt_uploaded": _l("uploaded a recording"),
    "prompt_removed": _l("removed a recording"),
    "line_added": _l("added a line"),
    "rota_loaded": _l("loaded a rota"),
    "rota_restored": _l("restored a rota"),
    "calendar_created": _l("made a calendar address"),
    "calendar_revoked": _l("revoked a calendar address"),
    "callbacks_exported": _l("exported the callbacks"),
    "list_exported": _l("exported a list"),
    "report_exported": _l("exported a month report"),
    "report_recipient_added": _l("added a recipient of the month report"),
    "report_recipient_removed": _l("removed a recipient of the month report"),
    "number_taught": _l("added a number to a school"),
    "presence_set": _l("changed presence"),
    "presence_refused": _l("a text wanted to leave too few people"),
    "callback_made": _l("made the callback"),
    "callback_called": _l("pressed call"),
    "callback_attempt": _l("said what came of an attempt"),
    "callback_claimed": _l("took it on"),
    "callback_given": _l("was given it"),
    "callback_handed_over": _l("handed it over"),
    "callback_due_set": _l("set another due time"),
    "callback_appointed": _l("agreed on an appointment"),
    "callback_cancelled": _l("cancelled it"),
    "callback_reached": _l("noted it as reached"),
    "callback_given_up": _l("gave it up as unreachable"),
    "callback_reopened": _l("opened it again"),
    "callback_note": _l("wrote a note"),
    "callback_settled": _l("said that a talk settled it"),
    "callback_not_settled": _l("said that a talk did not settle it"),
    "callback_undone": _l("took a deed on it back"),
    "presence_undone": _l("took a change of presence back"),
    "block_undone": _l("took a change of the block list back"),
    "number_untaught": _l("took a school's number back"),
    "rota_undone": _l("took a rota back"),
    "number_exported": _l("exported what is known of a number"),
    "number_forgotten": _l("erased a number"),
    "restored": _l("restored a backup"),
}
# Messages of errors that the subjects raise, listed so that they are translated.
REMARKS: tuple[object, ...] = (
    _l("this is not an e-mail address"),
    _l("there are too many recipients: remove one first"),
    _l("a colleague has claimed this callback"),
    _l("the recording is larger than 1 MB"),
    _l("this is not a WAV or MP3 file"),
    _l("the zip holds more than a rota's files"),
    _l("the zip holds two files of one name"),
    _l("this is not a zip that can be read"),
    _l("a consultant needs the code that the rota uses, such as AIS"),
    _l("a consultant's code has at most 16 characters"),
    _l("choose a time within opening hours"),
    _l("choose a time within the owner's shift"),
    _l("choose a time that is still to come"),
    _l("at most %(most)s characters"),
    _l("there is a login of %(address)s already"),
    _l("choose one of the roles"),
    _l("a token is valid for 1 to %(most)s days, or with 0 for ever"),
    _l("this is a number of our own: nobody there waits for a call"),
    _l("a number of this country is not rung back: ring it from your own telephone"),
    _l("a satellite number is not rung back: ring it from your own telephone"),
    _l("a paid or short number is not rung back: ring it from your own telephone"),
    _l("at most %(most)s characters, with the note that the open callback has"),
    _l("there is an appointment with this caller: change that instead"),
    _l("there is no consultant with this code"),
    _l("the end of a presence must lie ahead"),
    _l("available has no end"),
    _l("there is no line yet: run `callcenter lines add NUMBER --name NAME`"),
    _l("there is no spoken text %(part)s"),
    _l("choose one of the languages that the line speaks"),
    _l("record %(key)s in its parts: %(parts)s"),
    _l("choose a time within opening hours, at the latest when the line closes"),
    _l("choose a time within 60 days from now"),
    _l("somebody has changed this callback meanwhile; look again"),
    _l("this is not an e-mail address"),
    _l("this is not a valid telephone number"),
    _l("say why it is cancelled"),
    _l("no rota is loaded yet"),
    _l("this is not a telephone number: write it as 085 888 0000 or +31858880000"),
    _l("this number is not blocked"),
    _l("this holds a control character or another one that cannot be shown: type it again"),
    _l("a password has at least 12 characters"),
    _l("a password has at most 200 characters"),
    _l("a password does not hold the e-mail address"),
    _l("this password is easy to guess; take three words that do not belong together"),
    _l("this is the password that you have"),
    _l("a token's name has at most 80 characters"),
    _l("a valid token has this name already; choose another one"),
    _l("there is no such login, or it was taken away"),
)


def word(words: Words, key: str | None) -> str:
    """The word for a key. A key without a word is returned as it is, None as a dash."""
    if key is None:
        return "–"
    return str(words.get(key, key))
