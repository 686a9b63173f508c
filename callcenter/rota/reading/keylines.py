"""On which line of a TOML file does a key stand? The standard reader does not say."""

import re

_TABLE = re.compile(r"\s*\[\[?\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?")
_KEY = re.compile(r"""\s*((?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=""")
_PART = re.compile(r""""[^"]*"|'[^']*'|[\w-]+""")
# Keys of an inline table: after its brace or a comma, on the key's own line.
_INLINE = re.compile(r"""[{,]\s*("[^"]*"|'[^']*'|[\w-]+)\s*=""")


def _parts(path: str) -> list[str]:
    return [part.strip("\"'") for part in _PART.findall(path)]


def key_lines(text: str) -> dict[str, int]:
    """Dotted key path to line, from 1; the elements of an array of tables are numbered: `hunt.tier.0.name`.

    A plain scan of lines: a key inside a text of several lines would be taken for one, which only moves a fault's
    line number.
    """
    found: dict[str, int] = {}
    table: list[str] = []
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if match := _TABLE.fullmatch(line):
            table = _parts(match[1])
            path = ".".join(table)
            found.setdefault(path, number)
            if line.lstrip().startswith("[["):
                index = counts.get(path, 0)
                counts[path] = index + 1
                table = [*table, str(index)]
                found[".".join(table)] = number
        elif match := _KEY.match(line):
            path = ".".join([*table, *_parts(match[1])])
            found.setdefault(path, number)
            for inner in _INLINE.findall(line[match.end() :]):
                found.setdefault(f"{path}.{inner.strip(chr(34) + chr(39))}", number)
    return found
