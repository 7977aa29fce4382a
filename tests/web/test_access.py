"""Access: every route of the app's own list, for everybody who should not get in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi.routing import APIRoute

from redaction.web.access import PERMISSIONS
from redaction.web.app import app
from redaction.web.context import make_token
from tests.web.conftest import As

ROUTES = sorted(
    (
        (method, route.path, [dependency.call for dependency in route.dependant.dependencies])
        for route in app.routes
        if isinstance(route, APIRoute)
        for method in route.methods
    ),
    key=lambda found: found[:2],
)
OF_SEERS = "may_see"


def _address(path: str) -> str:
    filled = path.replace("{account_id}", "7").replace("{log}", "calls").replace("{name}", "sources")
    for name, value in {
        "{activity_id}": "1",
        "{run_id}": "1",
        "{hold_id}": "1",
        "{store_id}": "1",
        "{request_id}": "1",
        "{export_id}": "1",
        "{agency_id}": "1",
        "{dag_id}": "redact_account_7",
        "{dag_run_id}": "manual__1",
        "{suffix}": "pdf",
        "{kind}": "csv",
        "{decision}": "keep",
        "{path:path}": "index.html",
    }.items():
        filled = filled.replace(name, value)
    assert "{" not in filled
    return f"/redaction{filled}"


def _permission(dependencies: list[Callable[..., object]]) -> str:
    [found] = [call.__name__ for call in dependencies if call in PERMISSIONS]
    return found


@pytest.mark.parametrize(("method", "path", "dependencies"), ROUTES, ids=[f"{m} {p}" for m, p, _ in ROUTES])
def test_every_route_asks_who_it_is(
    as_: As, house_of_two: int, method: str, path: str, dependencies: list[Callable[..., object]]
) -> None:
    permission = _permission(dependencies)
    address = _address(path)
    assert as_(None).request(method, address).status_code == 401
    # A viewer who is named as an administrator sees the log, and no more: Airflow lets them change nothing.
    viewer = as_("vera").request(method, address, data={"token": make_token("vera")})
    assert (viewer.status_code == 403) == (permission not in (OF_SEERS, "may_administer"))
    # The administrator of another account.
    other = as_("bob").request(method, address, data={"token": make_token("bob")})
    assert (other.status_code == 403) == (permission != OF_SEERS)
    if method == "POST":
        # A person who may, and another site makes their browser send it.
        person = "opal" if permission == "may_change_agency" else "ada"
        for token in ("", "forged", make_token("bob")):
            assert as_(person).post(address, data={"token": token}).status_code == 403
        crossed = {"Sec-Fetch-Site": "cross-site"}
        assert as_(person).post(address, data={"token": make_token(person)}, headers=crossed).status_code == 403


def test_every_way_of_changing_is_a_post_and_the_app_has_no_other_routes() -> None:
    assert {method for method, _, _ in ROUTES} == {"GET", "POST"}
    others = [route.path for route in app.routes if not isinstance(route, APIRoute)]  # type: ignore[attr-defined]
    assert others == ["/static"]
    assert len(ROUTES) >= 20


def test_a_token_that_is_not_airflows_is_refused(as_: As, house_of_two: int) -> None:
    client = as_(None)
    client.cookies.set("_token", "eyJhbGciOiJub25lIn0.e30.")
    assert client.get("/redaction/").status_code in (401, 403)


def test_an_old_form_is_refused(as_: As, house_of_two: int, monkeypatch: pytest.MonkeyPatch) -> None:
    token = make_token("opal")
    monkeypatch.setattr("redaction.web.context.TOKEN_AGE_S", -1)
    answer = as_("opal").post("/redaction/agencies/1", data={"token": token, "allow_redaction": "off"})
    assert (answer.status_code, "open its page again" in answer.text) == (403, True)


def test_pages_load_nothing_from_outside_and_are_kept_nowhere(as_: As, house_of_two: int) -> None:
    answer = as_("vera").get("/redaction/")
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert "http://" not in answer.text
    assert "https://" not in answer.text
