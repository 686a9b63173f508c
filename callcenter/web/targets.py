"""Pure rule: which addresses a visitor may be sent to."""

from urllib.parse import urlsplit

# A target waits in the cookie while somebody takes the second step of logging in. Browsers drop a cookie above 4 KiB.
_LONGEST = 1000


def local_target(target: str | None) -> str | None:
    """An address within this site, or None, so that no link and no form leads a visitor to another site.

    Browsers take `//host` and `/\\host` for another host, and leave out control characters before they look.
    """
    if not target or len(target) > _LONGEST or not target.startswith("/") or target.startswith("//") or "\\" in target:
        return None
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in target):
        return None
    try:
        parts = urlsplit(target)
    except ValueError:
        return None
    return target if not parts.scheme and not parts.netloc else None
