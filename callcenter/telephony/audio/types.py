"""Under which content type a stored sound is answered."""

_SOUND = "audio/"
_UNKNOWN = "application/octet-stream"


def sound_type(content_type: str) -> str:
    """The stored content type, unless it is the type of something else: no browser shows that as a page."""
    return content_type if content_type.startswith(_SOUND) else _UNKNOWN
