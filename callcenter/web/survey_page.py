"""The public page behind the link of a survey text: one question with two buttons, without a name or number."""

from flask import Response, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from callcenter.routing.survey_links import answer_link, find_link
from callcenter.web.page import Page, choice, now, pages, read, writing

blueprint = pages("survey_page", public=("question", "answer"))


@blueprint.get("/vraag/<token>")
def question(token: str) -> Page:
    """The question; thanks once it is answered; 404 when the link is unknown or its time is over.

    The token is too long to be guessed, so tries are not limited.
    """
    link = find_link(read(), token, now())
    return Response(render_template("survey_page.html", link=link, token=token), 200 if link else 404)


@blueprint.post("/vraag/<token>")
def answer(token: str) -> Page:
    """Store the first answer. Another one changes nothing."""
    said = choice("answer", "yes", "no")
    with writing() as session:
        answer_link(session, token, "yes" if said == "yes" else "no", now())
    return redirect(url_for(".question", token=token), 303)


@blueprint.after_request
def keep_out_of_search(response: BaseResponse) -> BaseResponse:
    """No search engine lists the page."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
