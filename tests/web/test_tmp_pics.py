import pytest
from tests.web.test_web_browser import a_page, log_in
from tests.web.seed import *
from callcenter.access.wall_links import create_link
pytestmark = pytest.mark.browser
def test_pics(browser, address, office, seeded):
    with office.sessions.begin() as s:
        _, secret = create_link(s, NOW, "Hal", LEAD)
    for n,(w,h) in {"4k":(3840,2160),"720":(1280,720),"portrait":(1080,1920),"narrow":(360,740)}.items():
        ctx = browser.new_context(viewport={"width": w, "height": h}); page = ctx.new_page()
        page.on("console", lambda m: print("CONSOLE", m.text)); page.on("pageerror", lambda m: print("ERR", m))
        page.goto(f"{address}/wand/{secret}")
        page.wait_for_timeout(1200)
        page.screenshot(path=f"/tmp/live/wall-{n}.png")
        ctx.close()
    with a_page(browser) as page:
        page.on("console", lambda m: print("CONSOLE", m.text))
        log_in(page, address, LEAD)
        page.wait_for_timeout(4000)
        print(page.title(), page.inner_text("#fresh"))
        page.screenshot(path="/tmp/live/board.png")
        page.evaluate("reason='login'; showLost()")
        page.screenshot(path="/tmp/live/board-lost.png")
        page.goto(address+"/wandschermen")
        page.screenshot(path="/tmp/live/links.png")
