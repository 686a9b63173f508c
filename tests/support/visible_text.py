"""What people see of a page in one language, or hear from a screen reader: its texts without code or other tongues."""

import re
from html.parser import HTMLParser

# English words that Dutch does not have. A Dutch page has none of them, outside names, code and the other language.
ENGLISH = re.compile(
    r"\b(the|and|with|your|you|this|that|these|from|not|by|who|whose|when|why|which|been|has|have|are|were|be|must|may"
    r"|cannot|there|nobody|somebody|call|calls|callback|callbacks|caller|line|lines|rota|shift|leave|away|busy|break"
    r"|available|backup|lead|user|unknown|number|name|answer|answered|missed|abandoned|reached|failed|true|false|none"
    r"|yes|no_answer|before|after|until|since|today|tomorrow|yesterday|week of|day|hours|demo of|clock)\b",
    re.IGNORECASE,
)
_SKIPPED = ("script", "style", "code", "audio")
_SPOKEN = ("aria-label", "title", "placeholder", "alt", "data-head")
_ALONE = ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")


class _Texts(HTMLParser):
    def __init__(self, language: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._language = language
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        skipped = (self._open[-1][1] if self._open else False) or tag in _SKIPPED
        if "lang" in given and tag != "html":
            skipped = given["lang"] != self._language
        if not skipped:
            self.texts += [str(given[name]) for name in _SPOKEN if given.get(name)]
        if tag not in _ALONE:
            self._open.append((tag, skipped))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and not (self._open and self._open[-1][1]):
            self.texts.append(" ".join(data.split()))


def visible_texts(page: str, language: str = "nl") -> list[str]:
    """The texts of a page in this language, in their order."""
    parser = _Texts(language)
    parser.feed(page)
    return parser.texts


def english_in(page: str, typed: str = "") -> list[str]:
    """The texts of a Dutch page that hold an English word. typed: a pattern of what people typed, and is not ours."""
    # Addresses, and the names in braces of a text that the line speaks.
    ours = re.compile(rf"\S+@\S+|\{{\w+\}}{typed and '|'}{typed}")
    return [text for text in visible_texts(page) if ENGLISH.search(ours.sub("", text))]
