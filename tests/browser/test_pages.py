"""The pages in a real browser, over a small simulated lake: what they show, that nothing is complained of, the shared cursor, light
and dark, phone width, names that look like HTML, live updates, errors. Usage: test_pages.py PROGRAM. Exit 77: no Chromium."""

import os
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "serve"))

import chromium
from server import Server, run, small_lake, wait_for

PROGRAM = os.path.abspath(sys.argv[1])
EVIL = "<img src=x onerror=document.title='hacked'>"
tests = []


def test(function):
    tests.append(function)
    return function


def expect(got, wanted, what):
    if got != wanted:
        raise AssertionError(f"{what}: {got!r}, not {wanted!r}")


def expect_true(value, what):
    if not value:
        raise AssertionError(what)


class Session:
    """A browser that is signed in, and the server."""

    def __init__(self, browser, server):
        self.browser, self.server = browser, server
        self.flight = next(flight for flight in server.get("/api/v1/flights?limit=100")["items"] if flight["vehicle"] != EVIL)
        self.pages = {"fleet": "/", "vehicle": f"/vehicles/{self.flight['vehicle']}", "flights": "/flights", "flight": f"/flights/{self.flight['id']}",
                      "findings": "/findings?state=all", "logs": "/logs", "query": "/query", "audit": "/audit"}

    def open(self, name):
        """Shows a page, whole."""
        self.browser.open(self.server.base + self.pages.get(name, name))
        self.browser.wait("document.querySelector('.page, .problem')")
        if name == "flight":
            self.browser.wait("document.querySelector('[data-ready]')")
        if name == "query":
            self.browser.wait("document.querySelector('.result table')")

    def text(self, selector="main"):
        return self.browser.evaluate(f"document.querySelector({selector!r}).innerText")

    def count(self, selector):
        return self.browser.evaluate(f"document.querySelectorAll({selector!r}).length")

    def move(self, selector, share_x, share_y, index=0):
        """The mouse to a place in an element; returns the place."""
        x, y = self.browser.evaluate(f"""(() => {{ const all = [...document.querySelectorAll({selector!r})].filter(one => one.clientWidth);
            all[{index}].scrollIntoView({{block: "center"}}); const box = all[{index}].getBoundingClientRect();
            return [box.x + box.width * {share_x}, box.y + box.height * {share_y}]; }})()""")
        self.browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        return x, y

    def key(self, key):
        self.browser.call("Input.dispatchKeyEvent", type="keyDown", key=key, code=key)
        self.browser.call("Input.dispatchKeyEvent", type="keyUp", key=key, code=key)

    def settle(self):
        """Two frames, so that what was asked is drawn."""
        self.browser.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def cursor(self):
        """The time that the page says the cursor is at; None where there is none."""
        text = self.text(".range")
        return text.split(",")[0].removeprefix("at ") if text.startswith("at ") else None

    def complaints(self):
        said, self.browser.console[:] = list(self.browser.console), []
        return said


# ---- what the pages show ----


@test
def fleet_shows_vehicles_and_flights(s):
    s.open("fleet")
    text, status = s.text(), s.server.get("/api/v1/status")["counts"]
    for words in ("Vehicles", "Last flights", "Open findings", "Where", s.flight["vehicle"], EVIL):
        expect_true(words in text, f"{words!r} is not on the page")
    expect(s.browser.evaluate("document.querySelector('.stat:nth-child(2) dd').firstChild.textContent"), str(status["flights"]), "the number of flights")
    expect(s.count("section[aria-label=Vehicles] tbody tr"), status["vehicles"], "vehicles")
    expect_true(s.count("canvas.map-canvas") == 1 and s.count(".track-picture") >= 3, "a map and pictures of ways")
    expect_true("UTC" in s.text("footer"), "the time zone")


@test
def vehicle_shows_trends(s):
    s.open("vehicle")
    text = s.text()
    for words in (s.flight["vehicle"], "Trends over its flights", "Battery and power", "battery resistance", "mΩ"):
        expect_true(words in text, f"{words!r} is not on the page")
    expect_true(s.count(".sparkline") > 10, "small lines")


@test
def lists_lead_to_flights(s):
    s.open("flights")
    expect(s.count("tbody tr"), s.server.get("/api/v1/status")["counts"]["flights"], "flights")
    s.browser.evaluate("document.querySelector('tbody a').click()")
    s.browser.wait("location.pathname.startsWith('/flights/') && document.querySelector('[data-ready]')")
    s.browser.evaluate("history.back()")
    s.browser.wait("location.pathname === '/flights' && document.querySelector('tbody tr')")
    s.open("/flights?vehicle=" + s.flight["vehicle"])
    expect(s.count("tbody tr"), s.server.get("/api/v1/flights?vehicle=" + s.flight["vehicle"])["total"], "one vehicle's flights")
    s.open("logs")
    expect_true(".bin" in s.text() and ".tlog" in s.text(), "logs by name")


@test
def flight_shows_plots_map_and_events(s):
    s.open("flight")
    text = s.text()
    for words in ("Airborne", "Map", "Findings", "Events", "Logs", "Height", "Roll", "Battery voltage", "Vibration", "GPS satellites", "Radio", "asked", "AUTO"):
        expect_true(words in text, f"{words!r} is not on the page")
    expect_true(s.count(".modes button") >= 1 and s.count(".tick") >= 1, "modes and events over the plots")
    s.browser.evaluate("scrollTo(0, document.body.scrollHeight)")  # plots are drawn once they come into view
    s.settle()
    drawn = s.browser.evaluate("""[...document.querySelectorAll("canvas")].filter(one => one.clientWidth).map(one => {
        const data = one.getContext("2d").getImageData(0, 0, one.width, one.height).data, colours = new Set();
        for (let i = 0; i < data.length; i += 4) if (data[i + 3]) colours.add(data[i] << 16 | data[i + 1] << 8 | data[i + 2]);
        return colours.size; })""")
    expect_true(len(drawn) >= 9 and min(drawn) > 8, f"colours on the canvases: {drawn}")


@test
def audit_shows_report_and_history(s):
    s.open("audit")
    text, report = s.text(), s.server.get("/api/v1/audits/last")
    expect_true("All is as it came in" in text and f"{report['verified']['files']} of {report['objects'] + report['tables']}" in text, "the verdict and what was found right")
    for words in ("Last looked at", "Storage by kind and age", "Quality", "History", "within a day: 100.0 %"):
        expect_true(words in text, f"{words!r} is not on the page")
    expect(s.count("section[aria-label=History] tbody tr"), s.server.get("/api/v1/audits")["total"], "reports")
    expect_true(s.count(".share-bar rect") >= 3 and s.count(".scores circle") >= 1, "pictures")
    s.browser.evaluate("document.querySelector('section[aria-label=History] tbody a').click()")
    s.browser.wait("location.search.startsWith('?report=') && document.querySelector('h1')?.innerText === 'Audit'")


@test
def sql_answers_and_says_what_is_wrong(s):
    s.open("query")
    expect_true("rows in" in s.text(".result"), "an answer")
    s.browser.evaluate("""(() => { document.querySelector("textarea").value = "SELECT '<b>x</b>' AS \\"<i>\\", 42 AS n"; document.querySelector("main button").click(); })()""")
    s.browser.wait("document.querySelector('.result td')?.innerText === '<b>x</b>'")
    expect(s.text(".result th"), "<i>", "a column's name")
    s.browser.evaluate("""(() => { document.querySelector("textarea").value = "SELEC 1"; document.querySelector("main button").click(); })()""")
    s.browser.wait("document.querySelector('.result .problem')")
    expect_true(len(s.text(".result .problem")) > 30, "what is wrong")
    s.browser.console[:] = [line for line in s.browser.console if "400" not in line]  # the browser notes the refused request


# ---- the cursor that all share ----


@test
def cursor_is_shared(s):
    s.open("flight")
    picture = lambda selector: s.browser.evaluate(f"document.querySelector({selector!r}).toDataURL()")
    s.move(".plot-canvas", 0.5, 0.5)
    s.settle()
    middle, map_then = s.cursor(), picture(".map-canvas")
    values = s.browser.evaluate("""[...document.querySelectorAll(".plot")].filter(one => !one.hidden).map(one => one.querySelector(".legend b").textContent)""")
    expect_true(middle and sum(value != "" for value in values) >= 3, f"values at {middle}: {values}")  # of the plots in view
    s.move(".plot-canvas", 0.8, 0.5, index=3)
    s.settle()
    expect_true(s.cursor() != middle and picture(".map-canvas") != map_then, "another place moves the cursor on the map too")
    s.browser.evaluate("scrollTo(0, 0)")
    points = s.browser.evaluate("""(() => { const box = document.querySelector(".map-canvas").getBoundingClientRect(), all = [];
        for (let x = 0.1; x < 0.95; x += 0.02) for (let y = 0.1; y < 0.95; y += 0.04) all.push([box.x + box.width * x, box.y + box.height * y]); return all; })()""")
    seen = set()
    for x, y in points:
        s.browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        s.settle()
        seen.add(s.cursor())
        if len(seen) > 3:
            break
    expect_true(len(seen) > 3, "the map moves the cursor of the plots")


@test
def range_is_shared(s):
    s.open("flight")
    whole = s.text(".range")
    x, y = s.move(".plot-canvas", 0.4, 0.5)
    width = s.browser.evaluate("document.querySelector('.plot-canvas').clientWidth")
    mouse = lambda kind, at: s.browser.call("Input.dispatchMouseEvent", type=kind, x=at, y=y, button="left", buttons=1, clickCount=1)
    mouse("mousePressed", x)
    mouse("mouseMoved", x + width * 0.1)
    mouse("mouseMoved", x + width * 0.2)
    mouse("mouseReleased", x + width * 0.2)
    s.browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=2, y=2)
    s.browser.wait(f"document.querySelector('.range').innerText !== {whole!r}")
    s.browser.evaluate("document.querySelector('[aria-label=\"Show the whole flight\"]').click()")
    s.browser.wait(f"document.querySelector('.range').innerText === {whole!r}")
    s.browser.evaluate("document.querySelector('.modes button').click()")
    s.settle()
    s.browser.evaluate("document.querySelector('.event').click()")
    s.browser.wait("document.querySelector('.range').innerText.startsWith('at ')")


@test
def finding_leads_to_its_second(s):
    finding = next(one for one in s.server.get("/api/v1/findings?limit=1000")["items"] if one["from_t_s"] is not None)
    s.open("/findings?state=all")
    s.browser.evaluate(f"[...document.querySelectorAll('.finding')].find(one => decodeURIComponent(one.href).endsWith('finding=' + {finding['id']!r})).click()")
    s.browser.wait("document.querySelector('[data-ready]') && document.querySelector('.range').innerText.startsWith('at ')")
    minutes, seconds = s.cursor().replace("−", "-").split(":")
    middle = (finding["from_t_s"] + (finding["to_t_s"] if finding["to_t_s"] is not None else finding["from_t_s"])) / 2
    expect_true(abs(int(minutes) * 60 + float(seconds) - middle) < 0.2, f"the cursor is at {s.cursor()}, the finding at {middle} s")
    expect_true(s.count(".bar") >= 1, "a bar over the plots")


@test
def keys_reach_everything(s):
    s.open("flight")
    s.browser.evaluate("document.querySelector('.plot-canvas').focus()")
    for _ in range(3):
        s.key("ArrowRight")
    s.settle()
    first = s.cursor()
    s.key("ArrowRight")
    s.settle()
    expect_true(first and s.cursor() != first, "arrow keys move the cursor")
    expect_true(":" in s.browser.evaluate("document.querySelector('.plot-canvas').getAttribute('aria-valuetext')"), "the cursor is told")
    s.key("Escape")
    s.browser.wait("document.querySelector('.range').innerText.includes('take-off')")
    whole = s.text(".range")
    s.key("+")
    s.browser.wait(f"document.querySelector('.range').innerText !== {whole!r}")
    s.key("0")
    s.browser.wait(f"document.querySelector('.range').innerText === {whole!r}")
    for name in s.pages:
        s.open(name)
        nameless = s.browser.evaluate("""[...document.querySelectorAll("a, button, input, select, textarea, canvas, [tabindex]")].filter(one => one.clientWidth && one.id !== "main" &&
            !(one.textContent?.trim() || one.getAttribute("aria-label") || one.title || one.labels?.length)).map(one => one.outerHTML.slice(0, 80))""")
        expect(nameless, [], f"things without a name on {name}")
        expect(s.count("h1"), 1, f"headings of {name}")
        expect_true(s.browser.evaluate("document.title").endswith("· uavlake"), f"the title of {name}")


@test
def plots_can_be_chosen(s):
    s.open("flight")
    shown = lambda: s.browser.evaluate("[...document.querySelectorAll('.plot')].filter(one => one.clientWidth).length")
    before = shown()
    s.browser.evaluate("document.querySelector('.chip[aria-pressed=false]').click()")
    expect(shown(), before + 1, "a plot more")
    s.open("flight")
    expect(shown(), before + 1, "it is remembered")
    s.browser.evaluate("localStorage.clear()")


# ---- looks ----

CONTRAST = """(() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgba = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); const d = canvas.getImageData(0, 0, 1, 1).data; return [d[0], d[1], d[2], d[3] / 255]; };
  const over = (top, ground) => [0, 1, 2].map((i) => top[i] * top[3] + ground[i] * (1 - top[3])).concat(1);
  const light = ([r, g, b]) => [r, g, b].map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const groundOf = (element) => { const layers = []; for (let at = element; at; at = at.parentElement) layers.unshift(rgba(getComputedStyle(at).backgroundColor)); return layers.reduce((ground, layer) => over(layer, ground), [255, 255, 255, 1]); };
  const found = new Map();
  for (const element of document.querySelectorAll("body *")) {
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()) || !element.clientWidth && !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    if (style.clipPath !== "none" || element.closest("[hidden], .hidden, option, button:disabled")) continue;
    const ground = groundOf(element), a = light(over(rgba(style.color), ground)), b = light(ground), ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.6 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) found.set(`${element.className || element.tagName}: ${element.textContent.slice(0, 30)} ${ratio.toFixed(2)}`, ratio);
  }
  return [...found.keys()]; })()"""


@test
def text_can_be_read(s):
    for dark in (False, True):
        s.browser.look(1360, 900, dark=dark)
        grounds = set()
        for name in s.pages:
            s.open(name)
            expect(s.browser.evaluate(CONTRAST), [], f"contrast below 4.5 on {name}, {'dark' if dark else 'light'}")
            grounds.add(s.browser.evaluate("getComputedStyle(document.body).backgroundColor"))
        brightness = sum(int(part) for part in grounds.pop()[4:-1].split(","))
        expect_true(not grounds and (brightness < 150 if dark else brightness > 600), f"the ground is {brightness}, {'dark' if dark else 'light'}")
    s.browser.look(1360, 900)


@test
def narrow_screens_do_not_scroll_sideways(s):
    for width in (320, 390, 768, 1100):
        s.browser.look(width, 844)
        for name in s.pages:
            s.open(name)
            expect_true(s.browser.evaluate("document.documentElement.scrollWidth") <= width, f"{name} is wider than {width} px")
            outside = s.browser.evaluate("""[...document.querySelectorAll("main *")].filter(one => one.getBoundingClientRect().right > innerWidth + 1 && one.clientWidth && !one.closest(".scroll, svg, .hidden, .marks"))
                .map(one => one.tagName + "." + one.className + " " + one.textContent.slice(0, 40))""")
            expect(outside, [], f"outside of {name} at {width} px")
    s.browser.look(1360, 900)


# ---- what could go wrong ----


@test
def names_are_text(s):
    for path in ("/", "/flights", "/findings?state=all", "/logs", "/vehicles/" + "%3Cimg%20src%3Dx%20onerror%3Ddocument.title%3D'hacked'%3E"):
        s.open(path)
        s.settle()
        expect(s.browser.evaluate("document.title === 'hacked' || document.querySelectorAll('main img[onerror]').length > 0"), False, f"a name became HTML on {path}")
    expect_true(EVIL in s.text("h1"), "the name is shown as it is")
    flight = next(flight for flight in s.server.get("/api/v1/flights?limit=100")["items"] if flight["vehicle"] == EVIL)
    s.open("/flights/" + flight["id"].replace("<", "%3C").replace(">", "%3E").replace(" ", "%20"))
    s.browser.wait("document.querySelector('[data-ready]')")
    expect_true(EVIL in s.text("h1"), "the name is shown as it is")


@test
def unknown_things_are_said(s):
    for path, words in (("/flights/nothing", "no flight"), ("/vehicles/nothing", "no vehicle"), ("/nothing", "no page"), ("/flights/%25zz", "no flight"), ("/flights?offset=99999", "the list ends before")):
        s.open(path)
        expect_true(words in s.text().lower(), f"{path}: {s.text()[:200]}")
    s.open("/flights?from=2200-01-01")
    expect_true("Nothing fits" in s.text(), "an empty list")
    s.browser.console[:] = [line for line in s.browser.console if "404" not in line]


@test
def nothing_comes_from_elsewhere(s):
    s.browser.requests.clear()
    for name in s.pages:
        s.open(name)
    others = {url for url in s.browser.requests if not url.startswith((s.server.base, "data:", "blob:"))}
    expect(others, set(), "addresses of others")
    expect_true(len(s.browser.requests) > 20, "requests were noted")


@test
def without_signing_in_nothing_is_shown(s):
    s.browser.call("Network.clearBrowserCookies")
    s.browser.open(s.server.base + "/")
    s.browser.wait("document.querySelector('.problem')")
    expect_true("sign in" in s.text().lower() and s.flight["vehicle"] not in s.text(), "no data")
    s.browser.open(s.server.another_link())
    s.browser.wait("document.querySelector('.stats')")
    s.browser.console[:] = [line for line in s.browser.console if "401" not in line]


def news_appear_by_themselves(browser, lake, folder):
    lake, logs = shutil.copytree(lake, os.path.join(folder, "growing")), os.path.join(folder, "more")
    run(PROGRAM, "simulate", "--out", logs, "--flights", "2", "--vehicles", "1", "--duration", "60", "--seed", "31")
    with Server(PROGRAM, lake) as server:
        browser.open(server.link)
        browser.wait("document.querySelector('.stats')")
        before = int(browser.evaluate("document.querySelector('.stat:nth-child(2) dd').firstChild.textContent"))
        browser.evaluate("document.body.dataset.same = 'yes'")
        run(PROGRAM, "add", logs, "-q", "-l", lake)
        browser.wait(f"document.querySelector('.stat:nth-child(2) dd').firstChild.textContent == {before + 2}", 20)
        expect(browser.evaluate("document.body.dataset.same"), "yes", "the page was not loaded again")
        flight = server.get("/api/v1/flights?limit=1")["items"][0]["id"]
        browser.open(f"{server.base}/flights/{flight}")
        browser.wait("document.querySelector('[data-ready]')")
        server.process.kill()
        server.process.wait()
        browser.wait("document.querySelector('.banner')?.innerText.includes('does not answer')", 30)
        browser.console.clear()


def an_empty_lake_says_what_to_do(browser, folder):
    lake = os.path.join(folder, "empty")
    run(PROGRAM, "init", "-l", lake)
    with Server(PROGRAM, lake) as server:
        browser.open(server.link)
        browser.wait("document.querySelector('.page')")
        expect_true("uavlake add" in browser.evaluate("document.body.innerText"), "what to do")
        for path, words in (("/flights", "No flights here"), ("/findings", "Nothing is open"), ("/logs", "No logs here"), ("/query", "0 rows")):
            browser.open(server.base + path)
            browser.wait(f"document.body.innerText.includes({words!r})")
        expect(browser.console, [], "complaints")
        logs = os.path.join(folder, "first")
        browser.open(server.base + "/")
        browser.wait("document.querySelector('.page')")
        run(PROGRAM, "simulate", "--out", logs, "--flights", "1", "--vehicles", "1", "--duration", "60")
        run(PROGRAM, "add", logs, "-q", "-l", lake)
        browser.wait("document.querySelector('section[aria-label=Vehicles] tbody tr')", 20)


def make_lake(folder):
    """Simulated flights, and one vehicle and its files with names that are meant to be HTML."""
    lake = small_lake(PROGRAM, folder)
    logs = os.path.join(folder, "evil")
    run(PROGRAM, "simulate", "--out", logs, "--flights", "2", "--vehicles", "1", "--duration", "60", "--seed", "99")
    for place, _, names in os.walk(logs):
        for name in names:
            if name.endswith(".bin"):
                os.rename(os.path.join(place, name), os.path.join(place, EVIL + name))
    run(PROGRAM, "add", logs, "-q", "--uav", EVIL, "-l", lake)
    return lake


def attempt(name, call, console):
    try:
        call()
        expect(console, [], "what the browser complains of")
        print("ok", name, flush=True)
        return 0
    except (AssertionError, RuntimeError, OSError, KeyError, StopIteration, ValueError) as error:
        print("FAILED", name, type(error).__name__, error, flush=True)
        return 1
    finally:
        console.clear()


def main():
    if not chromium.find():
        print("no Chromium is installed")
        return 77
    failed, only = 0, sys.argv[2:]
    with tempfile.TemporaryDirectory(prefix="uavlake-pages-") as folder, chromium.Chromium() as browser:
        lake = make_lake(folder)
        run(PROGRAM, "audit", "-q", "-l", lake)
        run(PROGRAM, "audit", "-q", "-l", lake)
        with Server(PROGRAM, lake) as server:
            browser.open(server.link)
            session = Session(browser, server)
            for one in tests:
                if not only or one.__name__ in only:
                    failed += attempt(one.__name__, lambda one=one: one(session), browser.console)
        alone = {"news_appear_by_themselves": lambda: news_appear_by_themselves(browser, lake, folder), "an_empty_lake_says_what_to_do": lambda: an_empty_lake_says_what_to_do(browser, folder)}
        for name, call in alone.items():
            if not only or name in only:
                failed += attempt(name, call, browser.console)
    print(f"{failed} failed" if failed else "all passed")
    return 1 if failed else 0


sys.exit(main())
