"""Follows the links of figures on pages: does each list have as many rows as the figure says?"""

import re
from html import unescape

from flask.testing import FlaskClient

_LINK = re.compile(r'<a ([^>]*href="(/oproepen\?[^"]*|/terugbellen/beloften\?[^"]*)"[^>]*)>(.*?)</a>', re.S)
_ROW = re.compile(r'<tr><th scope="row"')
_OLDER = re.compile(r'href="([^"]*[?&;](?:cursor|page)=[^"]*)"')


def figures_on(page: str) -> dict[str, int]:
    """The address behind each figure on a page, with the figure. Fails for a link to a list that has no figure."""
    found: dict[str, int] = {}
    for attributes, address, text in _LINK.findall(page):
        count = re.search(r'data-count="(\d+)"', attributes)
        if count is None:
            assert text.endswith("→"), f"a figure without its count: {text} leads to {address}"
            continue
        known = found.setdefault(unescape(address), int(count[1]))
        assert known == int(count[1]), f"two figures, one list: {address}"
    return found


def rows_behind(client: FlaskClient, address: str) -> tuple[int, int]:
    """How many rows a list has on all of its pages, and how many calls it says are no longer stored."""
    page = client.get(address).text
    said, gone = re.search(r'data-total="(\d+)"', page), re.search(r'data-erased="(\d+)"', page)
    rows = len(_ROW.findall(page))
    older = page
    while more := _OLDER.search(older.rpartition("</table>")[2]):
        older = client.get(unescape(more[1])).text
        rows += len(_ROW.findall(older))
    assert said is not None
    assert rows == int(said[1]), f"the list says {said[1]} and shows {rows}: {address}"
    return rows, int(gone[1]) if gone else 0


def walk(client: FlaskClient, *pages: str, erased: bool = False) -> int:
    """Follow every figure of these pages and compare it with its list. Returns how many lists there are.

    erased: calls behind some figures are no longer stored, and the lists must say how many.
    """
    found: dict[str, int] = {}
    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200
        found |= figures_on(answer.text)
    rows = {address: rows_behind(client, address) for address in found}
    differ = {address: (n, rows[address]) for address, n in found.items() if sum(rows[address]) != n}
    assert differ == {}, differ
    assert any(gone for _, gone in rows.values()) is erased
    return len(found)
