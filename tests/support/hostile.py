"""Values that nobody types: what a stranger sends to see a server fail."""

LONG = "9" * 5000
ODD = ["\0", "a\0b", "a\x01b", "\x1b[31mred", "a\n2027-06-08 00:00:00 INFO forged", "\u202eabc", "\ufffe", "\ud800"]
NUMBERS = [
    "-1",
    "0",
    "2147483648",
    "9223372036854775808",
    "999999999999",
    LONG,
    "1e400",
    "nan",
    "²",
    "٣",
    "0x10",
    "1.5",
]
DAYS = [
    "0001-01-01",
    "9999-12-31",
    "0000-00-00",
    "2027-02-30",
    "0001-W01",
    "9999-W52",
    "2026-W54",
    "2027-W53",
    "-2027-01-01",
]
MOMENTS = ["0001-01-01T00:00", "9999-12-31T23:59", "9999-12-31T23:59+14:00", "2027-06-08T25:00", "2027-06-08T10:00Z"]
TEXTS = [
    "",
    " ",
    "x" * 300,
    "é" * 70000,
    "%00",
    "' OR 1=1 --",
    "<script>",
    "../../etc/passwd",
    "//evil.example",
    "http://[",
]
CURSORS = [
    "WzFd",
    "WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzAwOjAwIiwgMV0",
    "WyIyMDI3LTA2LTA4VDA4OjAwOjAwKzAwOjAwIiwgOTk5OTk5OTk5OTk5OTk5OTk5OTk5XQ",
]
CURSORS += ["W1tbW1tbW1tbW1tbW1tbW1tb", "fnx+", "e30"]

VALUES = (*ODD, *NUMBERS, *DAYS, *MOMENTS, *TEXTS, *CURSORS)
# Parts of a query or a form as bytes, that are no UTF-8 or no escapes.
RAW = (b"%ff%fe=%ff", b"\xff\xfe=\xff", b"a=%", b"=&=&&=", b"%00=%00", b"a[b]=1&a[b]=2", b"&" * 2000)
HEADERS = (
    {"Referer": "http://["},
    {"Referer": "http://localhost//evil.example/x"},
    {"Range": "bytes=9-1,abc"},
    {"Range": "bytes=-99999999999999999999"},
    {"Cookie": "session=\x01; session=eyJ9"},
    {"Cookie": "session=.eJwAAAD__w"},
    {"Authorization": "Bearer \xff"},
    {"Authorization": "Basic ==="},
    {"If-None-Match": '"', "If-Modified-Since": "Fri, 99 Foo 0000 25:61:61 GMT"},
    {"Content-Type": "multipart/form-data; boundary="},
    {"Content-Type": "application/x-www-form-urlencoded; charset=utf-99"},
    {"Host": "[::1"},
    {"Host": "a" * 3000},
    {"Accept-Language": "\xff,;q=9e999"},
    {"Accept": "text/html;q=nan,application/openmetrics-text;version=x"},
    {"X-Forwarded-For": "\xff", "X-Forwarded-Proto": "javascript"},
)
