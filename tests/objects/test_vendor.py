"""Objects that a vendor holds, against an HTTP server on 127.0.0.1 that answers the status in its path."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from redaction.errors import BadInput
from redaction.objects.access import OUTSIDE, Settled, StoreAccess
from redaction.objects.addresses import Address, parse_address
from redaction.objects.answers import Answer, find_fault, find_retry
from redaction.objects.opened import open_store
from redaction.objects.over_http import make_tls
from redaction.settings import Settings

HTML = "<!DOCTYPE html><html><body>Please sign in</body></html>"


@dataclass
class Vendor:
    """The requests to the server, and its answers: a status, a content type, a body, further headers."""

    base: str
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    type: str = ""
    body: bytes = b""
    more: dict[str, str] = field(default_factory=dict)


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            given = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            found.asked.append((self.command, self.path, dict(self.headers.items()), given))
            status = int(next((part for part in self.path.split("/") if len(part) == 3 and part.isdigit()), "200"))
            self.send_response(status)
            if found.type:
                self.send_header("Content-Type", found.type)
            for name, value in found.more.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0" if status == 204 else str(len(found.body)))
            self.end_headers()
            if status != 204:
                self.wfile.write(found.body)

        do_GET = do_DELETE = do_POST = do_PUT = do_PATCH = answer

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Vendor(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def opened(vendor: Vendor, settings: Settings, make: Any) -> Any:
    def open_one(status: int, **changes: Any) -> StoreAccess:
        template = f"{vendor.base}/{status}/accounts/{{account}}/calls/{{activity}}/recording"
        return open_store(make(vendor.base, **{"mode": "vendor", "template": template} | changes), settings)

    return open_one


def delete(access: StoreAccess, vendor: Vendor) -> Settled:
    return access.delete(parse_address(f"{vendor.base}/401/r.wav?token=secret"), 50, 9900000001)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *((status, "deleted") for status in (200, 204)),
        *((status, "not_found") for status in (404, 410)),
        *((status, "remains") for status in (201, 202, 203, 205, 206, 301, 302, 303, 307, 308)),
        *(
            (status, "remains")
            for status in (400, 401, 402, 403, 405, 409, 418, 422, 423, 429, 500, 501, 502, 503, 504)
        ),
    ],
)
def test_only_some_answers_are_a_deletion(opened: Any, vendor: Vendor, status: int, outcome: str) -> None:
    vendor.more = {"Location": f"{vendor.base}/200/login"}
    settled = delete(opened(status), vendor)
    assert settled.outcome == outcome
    assert settled.reason.startswith(f"HTTP {status}")
    assert [(method, path) for method, path, _, _ in vendor.asked] == [
        ("DELETE", f"/{status}/accounts/50/calls/9900000001/recording")
    ], "asked once, at the template, and no redirect was followed"


@pytest.mark.parametrize(
    ("type", "body"),
    [
        ("text/html; charset=utf-8", ""),
        ("text/html", HTML),
        ("", HTML),
        ("application/json", HTML),
        ("text/plain", f"\ufeff \n{HTML}"),
        ("application/xml", "<error/>"),
        ("application/json", '{"error": "not permitted"}'),
        ("application/json", '{"errors": ["x"]}'),
        ("application/json", '{"errors": {"base": ["x"]}}'),
        ("application/json", '{"error_code": 17}'),
        ("application/json", '{"Error": true}'),
        ("application/json", '{"error": "x", "error": null}'),
        ("application/json", '{"success": false}'),
        ("application/json", '{"success": "false"}'),
        ("application/json", '{"ok": 0}'),
        ("application/json", '{"deleted": false}'),
        ("application/json", '{"status": "error"}'),
        ("application/json", '{"status": "failed"}'),
        ("application/json", '{"status": 403}'),
        ("application/json", '{"code": "401"}'),
        ("application/json", '{"status": "queued"}'),
        ("application/json", '{"message": "Deletion scheduled"}'),
        ("application/json", '{"message": "You are not authorized"}'),
        ("application/json", '{"data": {"success": false}}'),
        ("application/json", '{"data": [{"errors": [{"title": "x"}]}]}'),
        ("application/json", '"error"'),
        ("application/json", "false"),
        ("application/json", "{"),
        ("application/json", "[" * 5000),
        ("", '{"success": false}'),
        ("text/plain", "ERROR: no such user"),
        ("text/plain", "Please log in"),
        ("text/plain", "Welcome! <HTML><body>x"),
        ("text/plain", "Access blocked by policy"),
        ("text/plain", "ERR_POLICY"),
        ("text/plain", "Request rejected. Support ID 1"),
        ("text/plain", "Too many requests"),
        ("text/plain", "Rate limit exceeded"),
        ("text/plain", "Unsuccessful"),
        ("text/plain", "KO"),
        ("text/plain", "false"),
        ("text/plain", "Service unavailable"),
        ("text/plain", "The request timed out"),
        ("text/plain", "Authentication required"),
        ("text/plain", "The recording is locked"),
        ("text/plain", "Bad Request"),
        ("text/plain", "Nothing was deleted"),
        ("text/plain", "It will be deleted soon"),
        ("application/json", '{"status": "rejected"}'),
        ("application/json", '{"status": "locked"}'),
        ("application/json", '{"type": "error", "id": 1}'),
        ("application/json", '{"response": "error"}'),
        ("application/json", '{"err": "x"}'),
        ("application/json", '{"code": "AccessBlocked"}'),
        ("application/json", '{"code": "NotFound"}'),
        ("application/json", '{"result": false}'),
        ("application/json", '{"isDeleted": false}'),
        ("application/json", '{"is_success": "N"}'),
        ("application/json", '{"acknowledged": false}'),
        ("application/json", '{"deleted": []}'),
        ("application/json", '{"deleted_count": 0}'),
        ("application/json", '{"removed": 0}'),
        ("application/json", '{"failed": [1]}'),
        ("application/json", '{"warning": "not removed"}'),
        *(
            ("application/json", f'{{"status": {value}}}')
            for value in (
                '"NOT_FOUND"',
                '"not-found"',
                '"NotFound"',
                '"404 Not Found"',
                '"DELETING"',
                '"pending_deletion"',
                '"active"',
                '"partial"',
                '"noop"',
                '"ERR"',
                "404",
                "false",
                "null",
                "0",
                "-1",
            )
        ),
        *(
            ("application/json", f'{{"message": "{text}"}}')
            for text in (
                "You do not have permission",
                "No recordings were deleted",
                "0 recordings deleted",
                "Zugriff verweigert",
                "Please authenticate",
                "Moved to trash",
                "Deletion started",
                "Recording is deleted if nobody objects",
                "It has to be deleted by an administrator",
                "Who deleted it?",
                "1 of 3 recordings deleted",
                "Deleted in 30 days",
                "Marked as deleted",
                "dry run: deleted",
                "soft-deleted",
                "Recording doesn't exist",
                "Access is restricted",
            )
        ),
        ("application/json", '{"deleted": "pending"}'),
        ("application/json", '{"deletion": "pending"}'),
        ("application/json", '{"deleted_at": null}'),
        ("application/json", '{"success": "nope"}'),
        ("application/json", '{"isSuccess": false}'),
        ("application/json", '{"Code": "NoSuchKey"}'),
        ("application/json", '{"code": -1}'),
        ("application/json", '{"result": "skipped", "deleted": true}'),
        ("application/json", '{"status": "ok", "message": "It is still being processed"}'),
        ("application/json", '{"trashed": true}'),
        ("application/json", '{"job": {"state": "running"}}'),
        ("application/json", '{"status": "ok", "status": "denied"}'),
        ("application/json", "0"),
        ("application/json", "-1"),
        ("application/json", '"false"'),
        ("text/plain", "not ok"),
        ("text/plain", "500"),
        ("text/plain", "success: false"),
        ("text/plain", "deleted=0"),
        ("text/plain", "Oops"),
        ("text/plain", 'callback({"success": false})'),
        ("text/event-stream", 'data: {"success": false}'),
        ("audio/wav", "RIFF"),
        ("application/octet-stream", "RIFF"),
        ("text/plain", "x" * 70_000),
        ("application/json", '{"a": "' + "x" * 70_000 + '"}'),
    ],
)
def test_a_200_with_a_page_or_an_error_is_no_deletion(opened: Any, vendor: Vendor, type: str, body: str) -> None:
    vendor.type, vendor.body = type, body.encode()
    settled = delete(opened(200), vendor)
    assert settled.outcome == "remains"
    assert settled.reason.startswith("HTTP 200, but ")


@pytest.mark.parametrize(
    ("type", "body"),
    [
        ("", ""),
        ("application/json", ""),
        ("application/json", "{}"),
        ("application/json", "null"),
        ("application/json", "true"),
        ("application/json", '{"success": true}'),
        ("application/json", '{"status": "success", "error": null, "errors": [], "code": 200}'),
        ("application/vnd.api+json", '{"deleted": true, "id": 403, "account_id": 50}'),
        ("application/json; charset=utf-8", '{"message": "Recording deleted", "error": false}'),
        ("application/json", '{"result": null, "error": null, "deleted_count": 1}'),
        ("text/plain", "OK"),
        ("application/json", '{"status": "DELETED"}'),
        ("application/json", '{"deleted": true, "call_id": "9900000001", "id": 5, "request_id": "a-1"}'),
        ("application/json", '{"status": "200 OK", "message": ""}'),
        ("application/json", '{"message": "The recording was successfully deleted."}'),
        ("application/json", '{"message": "Recording 12 has been removed"}'),
        ("application/json", '{"data": {"isDeleted": true, "deleted_at": "2026-10-01T00:00:00Z"}}'),
        ("application/json", '"Delete operation completed"'),
        ("application/json", '{"result": 0, "failed_ids": [], "deleted": [7, 9900000001]}'),
        ("application/json", '{"deleted": 9900000001}'),
        ("application/json", '{"deleted": 2}'),
        ("application/json", '{"deleted": true, "recording_id": 9900000002}'),
        ("application/json", '{"object": "recording", "id": 9900000002, "deleted": true}'),
        ("application/json", '{"message": "Recording 9900000002 has been deleted"}'),
        ("application/json", '{"id": 9900000001}'),
        ("application/json", '{"object": "call", "id": "9900000001", "deleted": true}'),
        ("application/json", '{"message": "Call 9900000001 has been deleted", "account_id": "50"}'),
        ("text/plain", "1 call deleted"),
        ("application/json", '{"id": "tr_1", "object": "recording", "deleted": true}'),
        ("application/json", '{"acknowledged": true, "deletedCount": 1}'),
        ("application/json", '{"errcode": 0, "errmsg": "ok"}'),
        ("application/json", '{"status": "success", "data": null}'),
        ("text/plain", "1"),
        ("", "deleted"),
    ],
)
def test_a_200_that_confirms(opened: Any, vendor: Vendor, type: str, body: str) -> None:
    vendor.type, vendor.body = type, body.encode()
    assert delete(opened(200), vendor) == Settled("deleted", "HTTP 200")


@pytest.mark.parametrize(
    "body",
    [
        '{"statusMessage": "Forbidden"}',
        '{"responseStatus": "FAILURE"}',
        '{"deleted_ids": [], "failed_ids": [1]}',
        '{"deleted": ["failed"]}',
        '{"denied": true}',
        '{"deletedAt": "2099-01-01T00:00:00Z"}',
        '{"deletedAt": "0001-01-01T00:00:00Z"}',
        '{"num_deleted": 0}',
        '{"deleted": true, "recoverable": true}',
        '{"deleted": 1, "remaining": 1}',
        '{"deleted": 0.5}',
        '{"ok": 1, "n": 0}',
        '{"done": true}',
        '{"acknowledged": true, "deletedCount": 0}',
        '{"status": "completed", "id": 9900000001}',
        '{"id": 9900000001, "url": "https://x/1.wav", "duration": 0}',
        '{"id": 7}',
        '{"id": "job-7", "account_id": 50}',
        '{"error": null}',
        '{"code": 1}',
        '{"!deleted": true}',
        '{"note": "Recording could not be deleted"}',
        # The deletion of another activity, and echoes that only happen to have its id.
        '{"deleted": true, "call_id": 9900000002}',
        '{"success": true, "data": {"activityId": "9900000002", "deleted": true}}',
        '{"object": "call", "id": 9900000002, "deleted": true}',
        '{"data": [{"type": "Call", "id": "9900000002", "deleted": true}]}',
        '{"resource": "call", "id": 9900000001, "id": 9900000002, "status": "deleted"}',
        '{"message": "Call 9900000002 has been deleted"}',
        '{"success": true, "message": "Deleted: call #9900000002"}',
        '"Call 9900000002 deleted"',
        "Call 9900000002 deleted",
        '{"deleted": true, "account_id": 51}',
        '{"success": true, "data": {"accountId": "51"}}',
        # Ids without a kind: one with as many digits as that of the call, and a list without that of the call.
        '{"deleted": [9900000002]}',
        '{"deleted": [7]}',
        '{"deleted_ids": ["9900000002"]}',
        '{"data": {"removed": [9900000002]}}',
        '{"deleted": true, "ids": [9900000002]}',
        '{"type": "call", "ids": [9900000002], "deleted": true}',
        '{"deleted": 9900000002}',
        '{"deleted_count": "9900000002"}',
        '[{"id": 9900000002, "deleted": true}]',
        '{"success": true, "data": {"id": "9900000002"}}',
        '{"deleted": true, "sid": "9900000002"}',
        '{"message": "Deleted 9900000002"}',
        "9900000002 deleted",
        '{"request_id": 9900000001}',
        '{"account_id": "9900000001"}',
        '{"Fehler": "nicht gefunden"}',
        '{"success": true, "data": {"id": 7, "state": "live"}}',
        '{"message": "Delete request completed"}',
        '{"message": "Recording successful"}',
        "[]",
        "[1]",
        '["deleted", 0]',
        "recording was un-deleted",
        "Undeleted",
        "Recording deleted from index",
        "Deleted. Undo",
        "Deleted: 0",
        "0.5 recordings deleted",
        "deleted=-1",
        "1/3 deleted",
        "9900000001",
    ],
)
def test_what_is_not_understood_confirms_nothing(opened: Any, vendor: Vendor, body: str) -> None:
    vendor.body = body.encode()
    assert delete(opened(200), vendor) == Settled("remains", "HTTP 200, but the answer is not understood")


def test_a_compressed_body_is_not_believed(opened: Any, vendor: Vendor) -> None:
    vendor.body, vendor.more = b"\x1f\x8b\x08", {"Content-Encoding": "gzip"}
    assert delete(opened(200), vendor).outcome == "remains"
    assert vendor.asked[0][2]["Accept-Encoding"] == "identity"


def test_not_found_by_a_page_is_counted_as_not_found(opened: Any, vendor: Vendor) -> None:
    vendor.type, vendor.body = "text/html", HTML.encode()
    assert delete(opened(404), vendor).outcome == "not_found"


def test_a_vendor_may_ask_to_wait(opened: Any, vendor: Vendor) -> None:
    vendor.more = {"Retry-After": "120"}
    settled = delete(opened(429), vendor)
    assert (settled.outcome, settled.until) == ("remains", None)
    assert re.fullmatch(r"HTTP 429: it asks to wait until [0-9]{4}-[0-9-]{5} [0-9:]{5} UTC", settled.reason)


def test_when_to_ask_again_is_read_and_bounded() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)

    def at(text: str) -> datetime | None:
        return find_retry(Answer(503, {"retry-after": text}, b"", False), now)

    assert at("60") == now + timedelta(seconds=60)
    assert at("Thu, 01 Jan 2026 01:00:00 GMT") == now + timedelta(hours=1)
    assert at("999999999") == now + timedelta(days=7)
    assert at("Fri, 01 Jan 2100 00:00:00 GMT") == now + timedelta(days=7)
    beyond = ("Fri, 31 Dec 9999 23:59:59 -2359", "Mon, 01 Jan 0001 00:00:00 +2359", "Sat, 01 Jan 10000 00:00:00 GMT")
    for text in ("", "soon", "-5", "Thu, 01 Jan 1970 00:00:00 GMT", "\u0661", *beyond):
        assert at(text) is None


def test_who_does_not_answer_remains(settings: Settings, make: Any, unused_port: int) -> None:
    for host, says in ((f"http://127.0.0.1:{unused_port}", "cannot be reached"), ("https://no-such-host.invalid", "")):
        access = open_store(make(host, mode="vendor", template=f"{host}/{{activity}}"), settings)
        for _ in range(4):
            settled = access.delete(parse_address(f"{host}/secret.wav"), 1, 1)
            assert settled.outcome == "remains"
            assert says in settled.reason
            assert "secret" not in settled.reason
            assert "invalid" not in settled.reason
        assert not access.probe().sound


def test_tls_that_cannot_be_verified_or_is_none_remains(vendor: Vendor, settings: Settings, make: Any) -> None:
    base = vendor.base.replace("http:", "https:")
    access = open_store(make(base, mode="vendor", template=f"{base}/{{activity}}"), settings)
    assert access.delete(parse_address(f"{base}/1"), 1, 1).outcome == "remains"
    assert vendor.asked == []


def test_a_silent_vendor_is_not_asked_for_ever(opened: Any, vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    access = opened(200)
    tried: list[str] = []

    def refuse(_: object, method: str, url: str, **__: object) -> None:
        tried.append(method)
        raise OSError(url)

    monkeypatch.setattr("httpx.Client.stream", refuse)
    assert [delete(access, vendor).outcome for _ in range(6)] == ["remains"] * 6
    assert len(tried) == 3


def test_a_connection_to_no_proxy_of_the_environment(
    opened: Any, vendor: Vendor, unused_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{unused_port}")
    assert delete(opened(200), vendor).outcome == "deleted"


def test_the_payload_chooses_nothing(opened: Any, vendor: Vendor) -> None:
    access = opened(200)
    for address in (
        parse_address("http://127.0.0.1:1/x"),
        parse_address(vendor.base.replace("http:", "https:") + "/x"),
        parse_address("s3://rec/x"),
        Address("http", vendor.base.removeprefix("http://"), "/a/../../x"),
    ):
        assert access.delete(address, 1, 1) == OUTSIDE
    assert vendor.asked == []


def test_method_and_body_are_the_operators(opened: Any, vendor: Vendor) -> None:
    access = opened(200, method="POST", body='{"ids": [{activity}], "account": {account}}')
    assert delete(access, vendor).outcome == "deleted"
    method, _, headers, body = vendor.asked[0]
    assert method == "POST"
    assert json.loads(body) == {"ids": [9900000001], "account": 50}
    assert headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("given", "authorization"),
    [
        ({"login": "access", "password": "secret-key"}, "Basic " + base64.b64encode(b"access:secret-key").decode()),
        ({"password": "secret-token"}, "Bearer secret-token"),
        ({"extra": {"Authorization": "Token secret-token"}}, "Token secret-token"),
        ({"extra": {"headers": {"Authorization": "Token secret-token"}, "timeout": 5}}, "Token secret-token"),
    ],
)
def test_the_credentials_come_from_the_connection(
    opened: Any, vendor: Vendor, monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], authorization: str
) -> None:
    host, _, port = vendor.base.removeprefix("http://").partition(":")
    monkeypatch.setenv(
        "AIRFLOW_CONN_CTM", json.dumps({"conn_type": "http", "host": host, "port": int(port), "schema": "http"} | given)
    )
    access = opened(401, connection="ctm")
    settled = delete(access, vendor)
    assert vendor.asked[0][2]["Authorization"] == authorization
    assert "secret" not in settled.reason
    assert "secret" not in repr(vars(access))
    assert "timeout" not in vendor.asked[0][2]


@pytest.mark.parametrize("host", ["other.example", "https://127.0.0.1", "127.0.0.1:1", "127.0.0.1.evil.example"])
def test_credentials_of_another_host_are_not_sent(opened: Any, monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_CTM", json.dumps({"conn_type": "http", "host": host, "login": "access"}))
    with pytest.raises(BadInput, match="another host"):
        opened(200, connection="ctm")


def test_a_connection_whose_extra_holds_no_header_is_refused(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_CTM", json.dumps({"conn_type": "http", "extra": {"X-A": "a\r\nX-B: secret"}}))
    with pytest.raises(BadInput, match="holds no headers") as caught:
        opened(200, connection="ctm")
    assert "secret" not in str(caught.value)


def test_a_template_that_was_not_checked_is_not_opened(vendor: Vendor, make: Any, settings: Settings) -> None:
    for changes in (
        {"template": f"{vendor.base}/calls"},
        {"template": None},
        {"template": "http://127.0.0.1:1/{activity}"},
        {"template": f"{vendor.base}/{{activity}}", "method": "GET"},
    ):
        with pytest.raises(BadInput, match="store 1"):
            open_store(make(vendor.base, mode="vendor", **changes), settings)


@pytest.mark.parametrize(
    ("status", "type", "body", "sound"),
    [
        (200, "application/json", '{"accounts": []}', True),
        (200, "application/json", '{"accounts": ["' + "x" * 70_000 + '"]}', True),
        (200, "text/html", HTML, False),
        (
            200,
            "application/json",
            '{"calls": [{"status": "failed", "text": "I cannot", "errors": [1]}], "page": 1}',
            True,
        ),
        (200, "application/json", '[{"status": "failed"}]', True),
        (200, "application/json", '{"errors": [{"status": 401}]}', False),
        (200, "application/json", '{"data": {"error": "x"}}', False),
        (200, "application/json", '{"status": "failed", "calls": []}', False),
        (200, "application/json", '{"error": "x"}', False),
        (401, "application/json", "{}", False),
        (403, "", "", False),
        (404, "", "", False),
        (302, "", "", False),
    ],
)
def test_the_probe_asks_for_the_base(
    opened: Any, vendor: Vendor, status: int, type: str, body: str, sound: bool
) -> None:
    vendor.type, vendor.body = type, body.encode()
    access = opened(status)
    assert access.probe().sound is sound
    assert [(method, path) for method, path, _, _ in vendor.asked] == [("GET", f"/{status}/accounts/")]
    promise = access.check()
    assert (promise.versioning, promise.may_delete) == (None, None)
    assert {method for method, _, _, _ in vendor.asked} == {"GET"}


def test_the_probe_of_an_account_asks_for_the_account(opened: Any, vendor: Vendor) -> None:
    opened(200, account_id=50).probe()
    assert vendor.asked[0][1] == "/200/accounts/50/calls/"


def test_a_204_has_no_body_to_judge() -> None:
    assert find_fault(Answer(204, {}, b"", False)) is None
    assert find_fault(Answer(204, {"content-type": "text/html"}, b"", False)) is None
    assert find_fault(Answer(200, {"content-type": "text/html"}, b"", False)) == "with a page"


def test_a_list_of_authorities_that_is_none_is_refused(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_CTM", json.dumps({"conn_type": "http", "extra": {"verify": "/never/there.pem"}}))
    with pytest.raises(BadInput, match="names no certificates"):
        opened(200, connection="ctm")


def test_no_url_is_written_to_the_log(opened: Any, vendor: Vendor, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    assert delete(opened(200), vendor).outcome == "deleted"
    assert "127.0.0.1" not in caplog.text


def test_the_authorities_are_read_once_for_all_stores() -> None:
    assert make_tls(True) is make_tls("true")
    assert make_tls(False) is make_tls("False")
    assert (make_tls(True).check_hostname, make_tls(False).check_hostname) == (True, False)
