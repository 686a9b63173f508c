"""Shows a new secret once: in the answer to the form itself, so that it lies in no cookie and in no address."""

from flask import render_template

from callcenter.web.page import Page


def once(title: str, sentence: str, secret: str, back_to: str, remark: str = "") -> Page:
    """The page of one secret. sentence: what it is for; back_to: the address of the link below it; remark: one more
    sentence. No cache stores it, since it is a page."""
    return render_template(
        "shown_once.html", title=title, sentence=sentence, secret=secret, back_to=back_to, remark=remark
    )
