"""The HTTP server as a client meets it: who may ask, what is refused, what the API document says, how it starts and ends.

Usage: test_api.py PROGRAM. A small simulated lake is made for it."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

from server import Server, run, small_lake, wait_for

PROGRAM = os.path.abspath(sys.argv[1])
tests = []


def test(function):
    tests.append(function)
    return function


def expect(got, wanted, what):
    if got != wanted:
        raise AssertionError(f"{what}: {got!r}, not {wanted!r}")


def expect_in(part, whole, what):
    if part not in whole:
        raise AssertionError(f"{what}: {part!r} is not in {whole!r}")


def path_of(link):
    return "/" + link.split("/", 3)[3]


# ---- who may ask ----


@test
def link_works_once(server):
    used = server.another_link()
    for method in ("HEAD",):  # what only looks doesn't use it up
        server.ask(path_of(used), method, sign_in=False)
    first = server.ask(path_of(used), sign_in=False)
    expect((first.status, first.headers["Location"]), (303, "/"), "the first visit")
    cookie = first.headers["Set-Cookie"]
    for attribute in ("HttpOnly", "SameSite=Strict", "Path=/"):
        expect_in(attribute, cookie, "the cookie")
    second = server.ask(path_of(used), sign_in=False)
    expect((second.status, second.headers["Set-Cookie"]), (403, None), "the second visit")
    expect_in(b"prints a new one", second.body, "the second visit")
    expect(server.ask("/start?key=" + "0" * 64, sign_in=False).status, 403, "an invented link")
    expect(server.ask("/start", sign_in=False).status, 403, "a link without a key")
    session = cookie.split(";")[0]
    expect(server.ask("/api/v1/status", headers={"Cookie": session}, sign_in=False).status, 200, "a session")
    expect(server.ask("/api/v1/status", headers={"Cookie": session[:-1] + "x"}, sign_in=False).status, 401, "an invented session")
    key = used.split("=")[1]
    expect(server.ask("/api/v1/status", headers={"Authorization": f"Bearer {key}"}, sign_in=False).status, 401, "a link's key as a token")


@test
def link_won_by_one_of_many(server):
    link, replies = path_of(server.another_link()), []
    threads = [threading.Thread(target=lambda: replies.append(server.ask(link, sign_in=False).status)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expect((replies.count(303), replies.count(403)), (1, 15), "sixteen visits at once")


@test
def nothing_without_signing_in(server):
    for path in ("/api/v1/status", "/api/v1/flights", "/api/v1/logs", "/api/v1/tables", "/api/v1/openapi.json", "/metrics"):
        reply = server.ask(path, sign_in=False)
        expect((reply.status, reply.json()["error"]["status"]), (401, "denied"), path)
        expect_in("Bearer", reply.headers["WWW-Authenticate"], path)
    for header in ("Bearer", "Bearer ", "Bearer x", "Basic eDp5", "Bearer " + "0" * 64, "Bearer " + "f" * 100000):
        expect(server.ask("/api/v1/status", headers={"Authorization": header}, sign_in=False).status in (401, 431, 413, 400), True, header[:40])
    expect(server.ask("/healthz", sign_in=False).json(), {"status": "ok"}, "/healthz")
    expect(server.token_mode, 0o600, "the mode of the token's file")


@test
def many_links_do_no_harm(server):
    first = server.another_link()
    for _ in range(600):
        last = server.another_link()
    expect(server.ask(path_of(last), sign_in=False).status, 303, "the last of 600 links")
    expect(server.ask("/healthz", sign_in=False).status, 200, first and "the server")


# ---- what is refused ----


@test
def other_names_are_refused(server):
    for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example", "[::1", "", "localhost.evil.example", "a" * 300, "127.0.0.1:x:y"):
        reply = server.ask("/api/v1/status", headers={"Host": host})
        expect(reply.status in (421, 400), True, f"Host: {host[:30]} → {reply.status}")
        reply = server.ask("/start?key=" + "0" * 64, headers={"Host": host}, sign_in=False)
        expect(reply.status in (421, 400), True, f"/start with Host: {host[:30]} → {reply.status}")
    for host in (server.address, f"localhost:{server.port}", f"[::1]:{server.port}", "localhost", "127.0.0.1", "LOCALHOST."):
        expect(server.ask("/api/v1/status", headers={"Host": host}).status, 200, f"Host: {host}")
    expect(server.raw(b"GET /healthz HTTP/1.0\r\n\r\n").split(b" ")[1] in (b"421", b"400"), True, "a request without Host")


@test
def posts_of_other_pages_are_refused(server):
    good = {"Content-Type": "application/json"}
    body = json.dumps({"sql": "SELECT 1"})
    ask = lambda headers: server.ask("/api/v1/query", "POST", headers, body).status
    expect(ask(good), 200, "JSON")
    expect(ask({**good, "Origin": server.base}), 200, "JSON of our own page")
    expect(ask({**good, "Origin": server.base, "Sec-Fetch-Site": "same-origin"}), 200, "JSON of our own page in a browser")
    for headers in ({}, {"Content-Type": "text/plain"}, {"Content-Type": "application/x-www-form-urlencoded"}):
        expect(ask(headers), 415, f"{headers}")
    for origin in ("http://evil.example", "null", f"http://127.0.0.1:{server.port + 1}", "http://127.0.0.1.evil.example", "x"):
        expect(ask({**good, "Origin": origin}), 403, f"Origin: {origin}")
    for site in ("cross-site", "same-site"):
        expect(ask({**good, "Sec-Fetch-Site": site}), 403, f"Sec-Fetch-Site: {site}")


@test
def every_reply_forbids_what_is_not_ours(server):
    for path in ("/", "/app.js", "/app.css", "/icon.svg", "/api/v1/status", "/api/v1/nothing", "/start?key=x", "/nothing.js", "/healthz"):
        headers = server.ask(path).headers
        policy = headers["Content-Security-Policy"]
        expect_in("default-src 'self'", policy, path)
        expect_in("frame-ancestors 'none'", policy, path)
        expect([word for word in ("unsafe-inline", "unsafe-eval", "http:", "https:", "*") if word in policy], [], f"the policy of {path}")
        expect((headers["X-Content-Type-Options"], headers["Referrer-Policy"], headers["Access-Control-Allow-Origin"]), ("nosniff", "no-referrer", None), path)
    expect(server.ask("/api/v1/status").headers["Cache-Control"], "no-store", "an answer of the API")


@test
def page_asks_nobody_else(server):
    for path in ("/", "/app.js", "/app.css", "/icon.svg"):
        text = server.ask(path).body.decode()
        found = {address for address in re.findall(r"""(?:https?:)?//[a-z0-9][a-z0-9.-]+\.[a-z]{2,}[^\s"'`]*""", text) if not address.startswith("http://www.w3.org/")}
        expect(found, set(), f"addresses of others in {path}")
        expect(re.findall(r"\beval\(|new Function|(?:inner|outer)HTML\s*=[^=]|insertAdjacentHTML|document\.write", text), [], f"{path} turns text into code")


@test
def paths_stay_inside(server):
    for path in ("/../../etc/passwd", "/..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/api/v1/logs/..%2f..%2f..%2fetc%2fpasswd/content",
                 "/api/v1/logs/%2e%2e/content", "/api/v1/flights/..%2f..%2fcatalog.db", "/api/v1/logs/%00/content", "//etc/passwd", "/app.js%00.css",
                 "/api/v1/flights/' OR 1=1 --".replace(" ", "%20"), "/api/v1/logs/%ff%fe/content", "/api/v1/vehicles/%25s%25n"):
        reply = server.ask(path)
        expect(b"root:" in reply.body, False, path)
        expect(reply.status == 404 or (reply.status == 200 and reply.headers["Content-Type"].startswith("text/")), True, f"{path} → {reply.status}")
    log = server.get("/api/v1/logs?limit=1")["items"][0]
    content = server.ask(f"/api/v1/logs/{log['id']}/content")
    expect((content.status, len(content.body)), (200, log["bytes"]), "the bytes of a log")
    if log["kind"] != "jpeg":
        expect_in("attachment", content.headers["Content-Disposition"], "the bytes of a log")


@test
def what_is_not_http(server):
    for data in (b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"\0" * 1000 + b"\r\n\r\n", b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", b"GET /" + b"a" * 200000 + b" HTTP/1.1\r\n\r\n",
                 b"POST /api/v1/query HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20000 + b"\r\n",
                 b"POST /api/v1/query HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"):
        try:
            answer = server.raw(data, 5)
        except OSError:
            continue  # the server hung up
        expect(answer[:12] in (b"", b"HTTP/1.1 400", b"HTTP/1.0 400", b"HTTP/1.1 401", b"HTTP/1.1 413", b"HTTP/1.1 414", b"HTTP/1.1 431", b"HTTP/1.1 501", b"HTTP/1.1 505", b"HTTP/1.1 200"),
               True, f"{data[:30]!r} → {answer[:40]!r}")
    expect(server.ask("/healthz").status, 200, "the server afterwards")


@test
def large_requests_are_refused(server):
    body = b'{"sql": "SELECT 1", "x": "' + b"x" * (2 << 20) + b'"}'
    head = f"POST /api/v1/query HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.token}\r\nContent-Type: application/json\r\n".encode()
    answer = server.raw(head + f"Content-Length: {len(body)}\r\n\r\n".encode())
    expect(answer.split(b" ")[1], b"413", "an announced body of 2 MB")
    chunks = b"".join(b"10000\r\n" + body[i:i + 65536] + b"\r\n" for i in range(0, len(body) - 65536, 65536)) + b"0\r\n\r\n"
    try:
        answer = server.raw(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
        expect(answer.split(b" ")[1], b"413", "an unannounced body of 2 MB")
    except OSError:
        pass  # hung up before all was sent
    expect(server.ask("/healthz").status, 200, "the server afterwards")


@test
def parameters_are_checked(server):
    flight = server.get("/api/v1/flights?limit=1")["items"][0]["id"]
    for path in ("/api/v1/flights?limit=0", "/api/v1/flights?limit=x", "/api/v1/flights?limit=99999999999999999999", "/api/v1/flights?offset=-1", "/api/v1/flights?from=yesterday",
                 f"/api/v1/flights/{flight}/series", f"/api/v1/flights/{flight}/series?columns=battery.nothing", f"/api/v1/flights/{flight}/series?columns=logs.bytes",
                 f"/api/v1/flights/{flight}/series?columns=battery.voltage_v&points=1", f"/api/v1/flights/{flight}/series?columns=battery.voltage_v&from_s=nan",
                 f"/api/v1/flights/{flight}/series?columns=battery.voltage_v&from_s=1)%20OR%201=1", f"/api/v1/flights/{flight}/track?points=1e9"):
        reply = server.ask(path)
        expect((reply.status, len(reply.error()) > 10), (400, True), path)
    for path in ("/api/v1/flights/nothing", "/api/v1/flights/nothing/track", "/api/v1/vehicles/nothing", "/api/v1/logs/nothing", "/api/v1/logs/nothing/content", "/api/v1/findings/nothing",
                 "/api/v2/flights", "/api/v1/", "/favicon.ico", "/nothing.js"):
        reply = server.ask(path)
        expect((reply.status, reply.json()["error"]["status"]), (404, "not_found"), path)
    expect(server.ask("/api/v1/flights", "DELETE").status, 405, "DELETE")
    expect(server.ask("/api/v1/query").headers["Allow"], "POST", "GET of the query")
    expect(server.ask("/", "POST", {"Content-Type": "application/json"}, "{}").status, 405, "POST of the page")
    head = server.ask("/api/v1/status", "HEAD")
    expect((head.status, head.body), (200, b""), "HEAD")


# ---- SQL ----


@test
def sql_only_reads(server):
    outside = os.path.join(server.folder.name, "written")
    for sql in ("CREATE TABLE x AS SELECT 1", "DROP VIEW flights", "DELETE FROM flights", "INSERT INTO flights SELECT * FROM flights", f"COPY (SELECT 1) TO '{outside}'", f"EXPORT DATABASE '{outside}'",
                f"ATTACH '{outside}' AS x", "INSTALL httpfs", "LOAD httpfs", "SET enable_external_access=true", "PRAGMA enable_profiling", "SELECT 1; SELECT 2", "CALL pragma_version()",
                "SELECT * FROM read_text('/etc/passwd')", "SELECT * FROM '/etc/passwd'", "SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM glob('/etc/*')",
                "SELECT * FROM read_blob('http://localhost/x')", "EXPLAIN ANALYZE INSERT INTO flights SELECT * FROM flights", f"EXPLAIN ANALYZE COPY (SELECT 1) TO '{outside}'",
                "SELECT", "nonsense", "", "SELECT getenv('HOME')"):
        reply = server.query(sql)
        if sql.startswith("SELECT getenv") and reply.status == 200:
            raise AssertionError("SQL reads the environment")
        expect((reply.status in (400, 403, 404), len(reply.error()) > 10), (True, True), f"{sql} → {reply.status} {reply.body[:200]}")
    expect(os.path.exists(outside), False, "a file written by SQL")
    for body in ("", "[]", "{", '{"sql": 1}', '{"sql": "SELECT 1", "limit": -1}', '{"sql": "SELECT 1", "limit": 1000000}', "[" * 100000, '"x"'):
        reply = server.ask("/api/v1/query", "POST", {"Content-Type": "application/json"}, body)
        expect((reply.status, len(reply.error()) > 10), (400, True), body[:30])


@test
def sql_answers(server):
    answer = server.query("SELECT vehicle, count(*) AS n FROM flights GROUP BY ALL ORDER BY vehicle").json()
    expect([column["name"] for column in answer["columns"]], ["vehicle", "n"], "columns")
    expect(sum(row[1] for row in answer["rows"]), server.get("/api/v1/status")["counts"]["flights"], "flights in SQL and in the catalogue")
    cut = server.query("SELECT * FROM range(100000)", limit=7).json()
    expect((cut["row_count"], len(cut["rows"]), cut["truncated"]), (7, 7, True), "seven rows")
    odd = server.query("""SELECT 'a"b' || chr(10) || '<img src=x>' AS "<b>", NULL AS n, 1e308 * 10 AS i, 'nan'::DOUBLE AS x, 9007199254740993 AS big""").json()
    expect((odd["columns"][0]["name"], odd["rows"][0][0], odd["rows"][0][1], odd["rows"][0][3]), ("<b>", 'a"b\n<img src=x>', None, None), "odd values")


def sql_ends_in_time(lake):
    with Server(PROGRAM, lake, "--timeout", "1") as server:
        slow = "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b"
        reply = server.query(slow)
        expect_in("1 s", reply.error(), f"a slow query → {reply.status}")
        expect(server.query("SELECT 1").status, 200, "the next query")
    with Server(PROGRAM, lake) as server:  # an end while SQL runs
        thread = threading.Thread(target=lambda: contextless(lambda: server.query(slow)))
        thread.start()
        time.sleep(1)
        server.process.send_signal(signal.SIGTERM)
        expect(server.process.wait(20), 0, "the end while SQL runs")
        thread.join()


def contextless(call):
    try:
        call()
    except OSError:
        pass


# ---- the API and its document ----


def one_of_each(server):
    """Values for the parts in braces, by resource."""
    flight = server.get("/api/v1/flights?limit=1")["items"][0]
    log = server.get("/api/v1/logs?kind=jpeg&limit=1")["items"][0]
    finding = server.get("/api/v1/findings?limit=1")["items"]
    return {"flights": flight["id"], "vehicles": flight["vehicle"], "logs": log["id"], "findings": finding[0]["id"] if finding else None, "audits": "last"}


@test
def document_tells_all_routes(server):
    document = server.get("/api/v1/openapi.json")
    expect(document["openapi"], "3.1.0", "the version of the form")
    ids, operations = one_of_each(server), []
    for path, item in document["paths"].items():
        for method, operation in item.items():
            names = re.findall(r"{(\w+)}", path)
            expect([one["name"] for one in operation["parameters"] if one["in"] == "path"], names, f"path parameters of {path}")
            expect(all(one["required"] for one in operation["parameters"] if one["in"] == "path"), True, path)
            expect(bool(operation["summary"]) and "200" in operation["responses"] and operation["operationId"] not in operations, True, path)
            expect(set(operation["tags"]) <= {tag["name"] for tag in document["tags"]}, True, path)
            operations.append(operation["operationId"])
            resource = path.split("/")[3] if path.startswith("/api/") else None
            if names and not ids.get(resource):
                continue
            address = re.sub(r"{\w+}", str(ids.get(resource)), path)
            if path.endswith("/series"):
                address += "?columns=battery.voltage_v"
            headers, body = ({"Content-Type": "application/json"}, '{"sql": "SELECT 1"}') if method == "post" else (None, None)
            reply = server.ask(address, method.upper(), headers, body)
            expect(reply.status, 200, f"{method} {address}")
            media = reply.headers["Content-Type"].split(";")[0]
            expect_in(media, list(operation["responses"]["200"]["content"]) + ["image/jpeg"], f"the media type of {address}")
            expect(server.ask(address, method.upper(), headers, body, sign_in=False).status, 200 if operation.get("security") == [] else 401, f"{address} without signing in")
            expect(server.ask(address, "PUT").status, 405, f"PUT {address}")
    expect(len(operations) >= 15, True, f"{len(operations)} operations")


@test
def routes_in_the_sources_are_told(server):
    """What the sources declare and what the document tells are the same."""
    folder = os.path.join(os.path.dirname(__file__), "..", "..", "src", "serve")
    declared = set()
    for name in os.listdir(folder):
        if name.startswith("api_") and name.endswith(".c"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                declared |= {(method.lower(), path) for method, path in re.findall(r'{"(GET|POST)", "([^"]+)"', file.read())}
    document = server.get("/api/v1/openapi.json")
    told = {(method, path) for path, item in document["paths"].items() for method in item}
    expect(told, declared, "routes")


@test
def audits_are_told(server):
    listed = server.get("/api/v1/audits")
    expect((listed["total"], len(listed["items"])), (1, 1), "audits")
    line, report = listed["items"][0], server.get("/api/v1/audits/" + listed["items"][0]["id"])
    expect({name: report[name] for name in line if name in report}, {name: line[name] for name in line if name in report}, "line and report")
    expect((report["faults"], report["fault_list"], report["verified"]["files"]), (0, [], report["objects"] + report["tables"]), "the report")
    expect(server.ask("/api/v1/audits/audit-nothing").status, 404, "a report that is not there")
    expect(server.ask("/api/v1/audits/audit_run").status, 404, "a document of jobs that is no report")
    page = server.ask("/api/v1/audits/last/page")
    expect(page.body.startswith(b"<!doctype html>"), True, "the page")
    expect(page.headers["Content-Disposition"].startswith("attachment"), True, "the page is saved, not shown")


@test
def lists_have_pages_and_filters(server):
    whole = server.get("/api/v1/flights?limit=1000")
    expect(len(whole["items"]), whole["total"], "all flights")
    pieces = [server.get(f"/api/v1/flights?limit=2&offset={offset}")["items"] for offset in range(0, whole["total"], 2)]
    expect([flight["id"] for piece in pieces for flight in piece], [flight["id"] for flight in whole["items"]], "pages together")
    vehicle = whole["items"][0]["vehicle"]
    of_vehicle = server.get(f"/api/v1/flights?vehicle={vehicle}")
    expect((of_vehicle["total"] > 0, {flight["vehicle"] for flight in of_vehicle["items"]}), (True, {vehicle}), "one vehicle's flights")
    expect(server.get("/api/v1/flights?from=2200-01-01")["total"], 0, "flights of the future")
    expect(server.get("/api/v1/flights?vehicle=%27%20OR%201=1%20--")["total"], 0, "a vehicle named like SQL")


@test
def samples_are_thinned(server):
    flight = server.get("/api/v1/flights?limit=1")["items"][0]["id"]
    series = lambda more: server.get(f"/api/v1/flights/{flight}/series?columns=attitude.roll_deg,attitude.pitch_deg{more}")["series"]
    coarse, fine = series("&points=20"), series("&points=20000")
    expect([one["column"] for one in coarse], ["attitude.roll_deg", "attitude.pitch_deg"], "columns")
    for thin, full in zip(coarse, fine):
        expect(len(thin["t_s"]) == len(thin["value"]) and len(thin["t_s"]) <= 44, True, f"{len(thin['t_s'])} points of 20")
        expect(thin["t_s"], sorted(thin["t_s"]), "times in order")
        expect((min(thin["value"]), max(thin["value"])), (min(full["value"]), max(full["value"])), "the least and the greatest stay")
    part = series("&from_s=5&to_s=10")[0]["t_s"]
    expect(5 <= part[0] and part[-1] <= 10, True, f"from {part[0]} to {part[-1]}")
    track = server.get(f"/api/v1/flights/{flight}/track?points=50")
    expect({len(values) for values in track.values()} == {len(track["t_s"])} and 10 < len(track["t_s"]) <= 52, True, "a track of 50 points")


@test
def events_begin_with_the_mode_before(server):
    flight = server.get("/api/v1/flights?limit=1")["items"][0]["id"]
    events = server.get(f"/api/v1/flights/{flight}/events")
    expect(bool(events["modes"]) and events["modes"][0]["t_s"] < 0 and bool(events["modes"][0]["mode_name"]), True, "the mode before take-off")
    for rows in events.values():
        expect([row["t_s"] for row in rows], sorted(row["t_s"] for row in rows), "in order")


@test
def findings_stand_at_their_second(server):
    """Seconds from take-off lie within the flight; those of the log's clock need not."""
    for finding in server.get("/api/v1/findings?limit=1000")["items"]:
        expect(finding["state"] in ("open", "repeated", "closed") and finding["seen"] >= 1, True, finding["id"])
        if finding["from_t_s"] is not None:
            times = server.get(f"/api/v1/flights/{finding['flight']}/track")["t_s"]
            expect(times[0] - 5 <= finding["from_t_s"] <= times[-1] + 5, True, f"{finding['id']} at {finding['from_t_s']} s")


@test
def metrics_are_prometheus(server):
    text = server.ask("/metrics").body.decode()
    for line in text.splitlines():
        expect(bool(re.fullmatch(r"# (HELP|TYPE) \w+ .+|\w+(\{[^}]*\})? [0-9.e+]+", line)), True, line)
    expect_in(f"uavlake_flights {server.get('/api/v1/status')['counts']['flights']}\n", text, "the number of flights")


# ---- start and end ----


def serves_while_logs_are_added(lake, folder):
    lake, logs = shutil.copytree(lake, os.path.join(folder, "growing")), os.path.join(folder, "more")
    run(PROGRAM, "simulate", "--out", logs, "--flights", "4", "--vehicles", "1", "--duration", "60", "--seed", "77")
    with Server(PROGRAM, lake) as server:
        before, revision = server.get("/api/v1/status")["counts"], server.get("/api/v1/revision")["revision"]
        server.query("SELECT count(*) FROM position")
        adding = subprocess.Popen([PROGRAM, "add", logs, "-q", "-l", lake], stdout=subprocess.DEVNULL)
        while adding.poll() is None:
            expect(server.ask("/api/v1/flights").status, 200, "flights while logs are added")
            expect(server.query("SELECT count(*) FROM position").status, 200, "SQL while logs are added")
        expect(adding.returncode, 0, "add")
        wait_for(lambda: server.get("/api/v1/revision")["revision"] != revision, 5)
        flights = server.get("/api/v1/status")["counts"]["flights"]
        expect(flights, before["flights"] + 4, "flights")
        wait_for(lambda: server.query("SELECT count(DISTINCT flight_id) FROM position").json()["rows"][0][0] == flights, 5)


def survives_kill(lake):
    with Server(PROGRAM, lake) as server:
        server.process.kill()
        server.process.wait()
    with Server(PROGRAM, lake) as server:
        expect(server.get("/api/v1/status")["counts"]["flights"] > 0, True, "flights after kill -9")


def ends_cleanly(lake):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        with Server(PROGRAM, lake) as server:
            server.ask("/api/v1/status")
            server.process.send_signal(number)
            expect(server.process.wait(20), 0, f"exit code after {number.name}")
            expect(server.process.stderr.read(), "", f"what it says after {number.name}")


def says_why_it_does_not_start(lake, folder):
    def failure(*arguments):
        done = run(PROGRAM, "serve", *arguments, "-l", lake, check=False, timeout=60)
        expect((done.returncode != 0, done.stdout, done.stderr.count("\n")), (True, "", 1), f"serve {' '.join(arguments)}: {done.stderr!r}")
        return done.stderr

    with socket.create_server(("127.0.0.1", 0)) as taken:
        expect_in("is taken", failure("--port", str(taken.getsockname()[1])), "a port that is taken")
    expect_in("does not encrypt", failure("--listen", "0.0.0.0:0"), "all addresses")
    expect_in("does not encrypt", failure("--listen", "[::]:0"), "all addresses")
    for wrong in ("127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", ":80", "x y:80", "127.0.0.1:8a"):
        failure("--listen", wrong)
    for wrong in ("-1", "65536", "x"):
        failure("--port", wrong)
    expect_in("both", failure("--port", "0", "--listen", "127.0.0.1:0"), "two ports")
    failure("--port", "0", "--token-file", os.path.join(folder, "no", "folder", "token"))
    with Server(PROGRAM, lake) as server:
        with socket.create_connection(("127.0.0.1", server.port)):
            pass
        for family, address in ((socket.AF_INET, own_address()),):
            if address and address != "127.0.0.1":
                try:
                    with socket.socket(family) as outside:
                        outside.settimeout(3)
                        outside.connect((address, server.port))
                    raise AssertionError(f"the server answers at {address}")
                except OSError:
                    pass


def own_address():
    """An address of this machine that others might reach; nothing is sent."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))
            return probe.getsockname()[0]
    except OSError:
        return None


def odd_names_are_found(folder):
    """A name may hold what has a meaning in addresses."""
    lake, logs, name = os.path.join(folder, "odd"), os.path.join(folder, "odd-logs"), "a/b?c#d%e&f=é \"'\\.x"
    run(PROGRAM, "init", "-l", lake)
    run(PROGRAM, "simulate", "--out", logs, "--flights", "1", "--vehicles", "1", "--duration", "60")
    run(PROGRAM, "add", logs, "-q", "--uav", name, "-l", lake)
    with Server(PROGRAM, lake) as server:
        quoted = urllib.parse.quote(name, safe="")
        expect(server.get(f"/api/v1/vehicles/{quoted}")["vehicle"]["id"], name, "the vehicle")
        expect(server.get(f"/api/v1/flights?vehicle={quoted}")["total"], 1, "its flights")
        flight = server.get("/api/v1/flights")["items"][0]["id"]
        expect(server.get(f"/api/v1/flights/{urllib.parse.quote(flight, safe='')}")["flight"]["vehicle"], name, "its flight")
        expect(server.ask(f"/vehicles/{quoted}").headers["Content-Type"], "text/html; charset=utf-8", "its page")


def empty_lake_answers(folder):
    lake = os.path.join(folder, "empty")
    run(PROGRAM, "init", "-l", lake)
    with Server(PROGRAM, lake) as server:
        expect(server.get("/api/v1/status")["counts"]["flights"], 0, "flights")
        for path in ("flights", "vehicles", "findings", "logs"):
            expect((server.get(f"/api/v1/{path}")["total"], server.get(f"/api/v1/{path}")["items"]), (0, []), path)
        expect(server.query("SELECT count(*) FROM position").json()["rows"], [[0]], "rows of an empty table")


def main():
    failed = 0
    with tempfile.TemporaryDirectory(prefix="uavlake-api-") as folder:
        lake = small_lake(PROGRAM, folder)
        run(PROGRAM, "audit", "-q", "-l", lake)
        alone = [lambda: sql_ends_in_time(lake), lambda: serves_while_logs_are_added(lake, folder), lambda: survives_kill(lake), lambda: ends_cleanly(lake),
                 lambda: says_why_it_does_not_start(lake, folder), lambda: empty_lake_answers(folder), lambda: odd_names_are_found(folder)]
        names = ["sql_ends_in_time", "serves_while_logs_are_added", "survives_kill", "ends_cleanly", "says_why_it_does_not_start", "empty_lake_answers", "odd_names_are_found"]
        only = sys.argv[2:]
        with Server(PROGRAM, lake) as server:
            calls = [(one.__name__, lambda one=one: one(server)) for one in tests] + list(zip(names, alone))
            for name, call in calls:
                if only and name not in only:
                    continue
                try:
                    call()
                    print("ok", name, flush=True)
                except (AssertionError, OSError, KeyError, ValueError) as error:
                    failed += 1
                    print("FAILED", name, type(error).__name__, error, flush=True)
            server.process.send_signal(signal.SIGTERM)
            code = server.process.wait(60)
            said = server.process.stderr.read()
            if code or said:
                failed += 1
                print(f"FAILED the server ended with {code}: {said[:3000]}")
    print(f"{failed} failed" if failed else "all passed")
    return 1 if failed else 0


sys.exit(main())
