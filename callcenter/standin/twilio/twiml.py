"""What does a TwiML document say? Parsed once per text, strictly."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from callcenter.standin.twilio.validate import Fault, check_tree

MAX_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Node:
    """One verb or noun with its attributes, text and children."""

    name: str
    attributes: Mapping[str, str]
    text: str
    children: tuple["Node", ...]

    def get(self, attribute: str, default: str) -> str:
        """The attribute's value, or the default Twilio documents."""
        return self.attributes.get(attribute, default)

    def number(self, attribute: str, default: float) -> float:
        """The attribute as a number; validation has made sure that it is one."""
        value = self.attributes.get(attribute)
        return float(value) if value not in (None, "") else default

    def flag(self, attribute: str, default: bool) -> bool:
        """The attribute as yes or no."""
        value = self.attributes.get(attribute)
        return default if value is None else value.lower() == "true"

    def walk(self) -> Iterator["Node"]:
        """This node and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Document:
    """The verbs of one `<Response>`."""

    verbs: tuple[Node, ...]


def _node(element: ET.Element) -> Node:
    children = tuple(_node(child) for child in element)
    return Node(element.tag, dict(element.attrib), " ".join("".join(element.itertext()).split()), children)


@lru_cache(maxsize=4096)
def parse(text: str, place: str = "call") -> Document | Fault:
    """The document, or the first fault in it with Twilio's error code.

    place: where it is played: `call`, `wait` (a conference's waitUrl), `screen` (a `<Number url>`), `message`.
    """
    if len(text.encode()) > MAX_BYTES:
        return Fault(11750, "TwiML response body too large: over 64 KB")
    try:
        root = ET.fromstring(text)
    except ET.ParseError as error:
        return Fault(12100, f"document parse failure: {error}")
    fault = check_tree(root, place)
    return fault or Document(tuple(_node(element) for element in root))
