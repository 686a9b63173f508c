"""Parses TwiML documents strictly; each text is parsed once and cached."""

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from callcenter.standin.twilio.validate import Problem, check_tree

MAX_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Node:
    """One verb or noun with its attributes, text and children."""

    name: str
    attributes: Mapping[str, str]
    text: str
    children: tuple["Node", ...]

    def get(self, attribute: str, default: str) -> str:
        """The attribute's value, or `default`."""
        return self.attributes.get(attribute, default)

    def number(self, attribute: str, default: float) -> float:
        """The attribute as a number, which validation has made sure of; `default` when absent or empty."""
        value = self.attributes.get(attribute)
        return float(value) if value not in (None, "") else default

    def flag(self, attribute: str, default: bool) -> bool:
        """The attribute as a boolean; `default` when absent."""
        value = self.attributes.get(attribute)
        return default if value is None else value.lower() == "true"


@dataclass(frozen=True, slots=True)
class Document:
    """The verbs of one `<Response>`."""

    verbs: tuple[Node, ...]


def _node(element: ET.Element) -> Node:
    children = tuple(_node(child) for child in element)
    return Node(element.tag, dict(element.attrib), " ".join("".join(element.itertext()).split()), children)


@lru_cache(maxsize=4096)
def parse(text: str, place: str = "call") -> Document | Problem:
    """Parse a document. Returns the first problem, with Twilio's error code, when it may not be played at `place`.

    place: `call`, `wait` (a conference's waitUrl), `screen` (a `<Number url>`) or `message`.
    """
    if len(text.encode()) > MAX_BYTES:
        return Problem(11750, "TwiML response body too large: over 64 KB")
    try:
        root = ET.fromstring(text)
    except ET.ParseError as error:
        return Problem(12100, f"document parse failure: {error}")
    problem = check_tree(root, place)
    return problem or Document(tuple(_node(element) for element in root))
