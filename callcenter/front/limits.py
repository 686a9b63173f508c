"""How large a request may be, by its method and path."""

KIB = 1024
MIB = 1024 * KIB
# Twilio's largest webhook (a text message of 1,600 signs, each percent-encoded) has about 20 KiB; forms have less.
SMALL = 64 * KIB
LARGEST_ROTA = 4 * MIB
LARGEST_PROMPT = 1 * MIB
# The other fields of a form with files, and the boundaries between them.
_FORM = 64 * KIB
_UPLOADS = {
    ("PUT", "/api/v1/rota"): LARGEST_ROTA,
    ("POST", "/rooster/versies"): LARGEST_ROTA + _FORM,
    ("POST", "/beheer/teksten"): LARGEST_PROMPT + _FORM,
}
# All request headers together, and how many there are. Browsers and proxies send about 2 KiB in 20 headers.
HEADER_BYTES = 16 * KIB
HEADERS = 100
# Fields of a form without files. Twilio sends about 30; the list of callbacks two for each row. Reading 64 KiB of tiny
# fields would take 50 ms of a processor, and checking a signature over them as long again.
FIELDS_OF_WEBHOOK = 250
FIELDS = 2000
# The parts in which a chunked body arrives: this many, and one more for each 512 bytes.
_PIECES, _BYTES_PER_PIECE = 256, 512
# Requests that a client may send on one connection before the first is answered.
PIPELINED = 4
# Uploads that one process takes at once. Their bodies are temporary files.
UPLOADS_AT_ONCE = 4


def body_bound(method: str, path: str) -> int:
    """The most bytes of a request's body. path: percent-decoded, without query."""
    return _UPLOADS.get((method, path), SMALL)


def is_upload(method: str, path: str) -> bool:
    """Whether the request may be larger than a form."""
    return (method, path) in _UPLOADS


def most_pieces(bound: int) -> int:
    """In how many pieces a chunked body of at most `bound` bytes may come."""
    return _PIECES + bound // _BYTES_PER_PIECE
