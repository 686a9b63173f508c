"""Asks before a deed that nothing can take back: a page of its own that says what follows."""

from collections.abc import Sequence

from flask import render_template, request

# What the page's own form sends anew, and what it must not send twice.
_NOT_REPEATED = ("csrf_token", "sure")


def asks_first(title: str, follows: Sequence[str], yes: str, back_to: str) -> str | None:
    """The page that asks, with the fields of the form that was sent; None when the person has said yes on it.

    title: the question; follows: what follows from a yes, a sentence each; yes: the words of the button, which name the
    deed; back_to: where a no leads.
    """
    if request.form.get("sure") == "yes":
        return None
    fields = [(name, text) for name, text in request.form.items(multi=True) if name not in _NOT_REPEATED]
    return render_template("sure.html", title=title, follows=follows, yes=yes, back_to=back_to, fields=fields)
