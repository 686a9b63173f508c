"""What somebody reads who does not get in with an office account, and what to do about it."""

from callcenter.access.office_account.entry import Refusal
from callcenter.web.locale import _


def words_of(reason: str) -> tuple[str, str, int]:
    """Title, advice and HTTP status for a refusal, or for the reason of a failure."""
    if reason == "unreachable":
        return (
            _("Logging in with the office account does not work now"),
            _("The office's log-in server does not answer. Try again in a minute. Calls go on meanwhile."),
            503,
        )
    if reason == "too_many":
        return (
            _("Too many log-ins failed"),
            _("Too many log-ins failed from your network. Try again in a few minutes."),
            429,
        )
    if reason == "no_visit":
        return (
            _("This log-in is over"),
            _("It took too long, was used already, or began in another browser. Begin again."),
            400,
        )
    if reason == "cancelled":
        return _("You are not logged in"), _("The log-in at the office was stopped. Begin again when you want to."), 403
    advice = _advice(reason)
    if advice is None:
        return (
            _("The log-in could not be checked"),
            _("Begin again. If this page comes back, tell the administrator: the audit log has the reason."),
            403,
        )
    return _("You have no access yet"), advice, 403


def _advice(reason: str) -> str | None:
    match reason:
        case Refusal.NO_GROUP:
            return _("Your office account is in no group that may use callcenter. Ask the administrator for one.")
        case Refusal.TOO_MANY_GROUPS:
            return _(
                "Your office account is in so many groups that they are left out. "
                "Ask the administrator to give you an app role instead: docs/login.md says how."
            )
        case Refusal.NO_ADDRESS:
            return _(
                "The office does not confirm your e-mail address. "
                "Ask the administrator to tie your account to a login, and name the account below."
            )
        case Refusal.DISABLED:
            return _("Your login was taken away. Ask the administrator when you need it for your work.")
        case Refusal.OTHER_ACCOUNT:
            return _(
                "The login with your e-mail address belongs to another office account. "
                "Ask the administrator to tie it to yours, and name the account below."
            )
        case Refusal.NO_CODE:
            return _(
                "Your e-mail address is not in the rota's list of consultants. "
                "Ask the team lead to add it there, and log in again."
            )
    return None
