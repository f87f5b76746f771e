"""AWS Signature Version 4, a second time: a small client for what the tests ask of a server themselves, and a strict
verifier that a test server checks every request with. Written from the AWS General Reference, independent of src/."""

import datetime
import hashlib
import hmac
import http.client
import urllib.parse

SAFE = "-._~"


def encode(text, slash=False):
    return urllib.parse.quote(text, safe=SAFE + ("/" if slash else ""))


def mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def signing_key(secret, day, region, service):
    key = mac(("AWS4" + secret).encode(), day)
    for word in (region, service, "aws4_request"):
        key = mac(key, word)
    return key


def canonical_query(pairs):
    return "&".join(f"{name}={value}" for name, value in sorted((encode(n), encode(v)) for n, v in pairs))


def signature(secret, method, path, pairs, headers, payload, date, scope):
    """path: decoded; headers: the signed ones, lower case → value."""
    day, region, service, _ = scope.split("/")
    lines = "".join(f"{name}:{' '.join(value.split())}\n" for name, value in sorted(headers.items()))
    canonical = "\n".join([method, encode(path, True), canonical_query(pairs), lines, ";".join(sorted(headers)), payload])
    text = "\n".join(["AWS4-HMAC-SHA256", date, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    return mac(signing_key(secret, day, region, service), text).hex()


class Client:
    def __init__(self, host, port, access, secret, region="us-east-1"):
        self.host, self.port, self.access, self.secret, self.region = host, port, access, secret, region

    def ask(self, method, path, query=(), body=b"", headers=None):
        now = datetime.datetime.now(datetime.timezone.utc)
        date = now.strftime("%Y%m%dT%H%M%SZ")
        scope = f"{date[:8]}/{self.region}/s3/aws4_request"
        signed = {"host": f"{self.host}:{self.port}", "x-amz-date": date,
                  "x-amz-content-sha256": hashlib.sha256(body).hexdigest()}
        signed.update({name.lower(): value for name, value in (headers or {}).items()})
        value = signature(self.secret, method, path, query, signed, signed["x-amz-content-sha256"], date, scope)
        signed["authorization"] = (f"AWS4-HMAC-SHA256 Credential={self.access}/{scope}, "
                                   f"SignedHeaders={';'.join(sorted(signed))}, Signature={value}")
        line = encode(path, True) + ("?" + canonical_query(query) if query else "")
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        connection.request(method, line, body, {k: v for k, v in signed.items() if k != "host"})
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, data, dict((k.lower(), v) for k, v in answer.getheaders())


def verify(secrets, method, line, headers, body, now=None):
    """None, or the reason why the request must be refused. headers: list of (name, value) as received."""
    received = {}
    for name, value in headers:
        name = name.lower()
        if name in received:
            return f"header {name} stands twice"
        received[name] = value
    raw_path, _, raw_query = line.partition("?")
    for char in raw_path + raw_query:
        if ord(char) < 33 or ord(char) > 126:
            return "the request line holds characters that must be encoded"
    path = urllib.parse.unquote(raw_path, errors="strict")
    if encode(path, True) != raw_path:
        return f"the path {raw_path} is not encoded as it is signed"
    pairs = [tuple(map(urllib.parse.unquote, (piece.partition("=")[0], piece.partition("=")[2])))
             for piece in raw_query.split("&") if piece]
    words = received.get("authorization", "")
    if not words.startswith("AWS4-HMAC-SHA256 "):
        return "no AWS4-HMAC-SHA256 authorization"
    parts = dict(word.strip().split("=", 1) for word in words[17:].split(","))
    access, _, scope = parts["Credential"].partition("/")
    names = parts["SignedHeaders"].split(";")
    if access not in secrets:
        return "InvalidAccessKeyId"
    if names != sorted(names):
        return "signed headers are not sorted"
    for name in names:
        if name not in received:
            return f"signed header {name} was not sent"
    for name in received:
        if (name.startswith("x-amz-") or name in ("host", "content-type", "range", "if-match", "if-none-match")) \
                and name not in names:
            return f"header {name} was sent but not signed"
    payload = received.get("x-amz-content-sha256")
    if payload is None:
        return "no x-amz-content-sha256"
    if payload != "UNSIGNED-PAYLOAD" and hashlib.sha256(body).hexdigest() != payload:
        return "XAmzContentSHA256Mismatch"
    date = received.get("x-amz-date", "")
    if scope.split("/")[0] != date[:8]:
        return "the scope's day is not that of x-amz-date"
    now = now or datetime.datetime.now(datetime.timezone.utc)
    signed_at = datetime.datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    if abs((now - signed_at).total_seconds()) > 900:
        return "RequestTimeTooSkewed"
    secret, token = secrets[access]
    if token is not None and received.get("x-amz-security-token") != token:
        return "InvalidToken"
    expected = signature(secret, method, path, pairs, {name: received[name] for name in names}, payload, date, scope)
    return None if hmac.compare_digest(expected, parts["Signature"]) else "SignatureDoesNotMatch"
