"""Draws the icons of the installed app anew: `python -m tests.support.draw_icons`, after a change of their drawing."""

from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.support.browser import _ARGUMENTS, _CHROMIUM

FOLDER = Path(__file__).parents[2] / "callcenter" / "web" / "static" / "icons"
_HANDSET = (
    "M10.6 7.5 13.5 7l2 4.8-2 1.9c.9 2 2.8 3.9 4.8 4.8l1.9-2 4.8 2-.5 2.9c-.2 1.2-1.2 2.1-2.4 2.1"
    "C14.7 23.5 8.5 17.3 8.5 9.9c0-1.2.9-2.2 2.1-2.4z"
)
# Name, width, corners, scale, ground. A maskable icon is cut by the system; of a badge only the shape counts.
_ICONS = (
    ("192.png", 192, 6, 1.1, "#154273"),
    ("512.png", 512, 6, 1.1, "#154273"),
    ("maskable.png", 512, 0, 0.9, "#154273"),
    ("badge.png", 96, 0, 1.6, "none"),
)


def drawing(width: int, corners: int, scale: float, ground: str) -> str:
    """One icon as a page that is as large as it."""
    return (
        f'<body style="margin:0;background:transparent"><svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
        f'height="{width}" viewBox="0 0 32 32" style="display:block"><rect width="32" height="32" rx="{corners}" '
        f'fill="{ground}"/><g transform="translate(16 16) scale({scale}) translate(-16.7 -15.2)">'
        f'<path fill="#fff" d="{_HANDSET}"/></g></svg></body>'
    )


def main() -> None:
    """Write all icons."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=_CHROMIUM, args=_ARGUMENTS)
        for name, width, corners, scale, ground in _ICONS:
            page = chromium.new_page(viewport={"width": width, "height": width})
            page.set_content(drawing(width, corners, scale, ground))
            page.screenshot(path=FOLDER / name, omit_background=True)
        chromium.close()


if __name__ == "__main__":
    main()
