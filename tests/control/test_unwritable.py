"""Where the snapshot for the DAGs cannot be written, an act that is done is reported as done, with exit code 1."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable
from pathlib import Path

import pytest

from redaction.accounts.accounts import get_account
from redaction.accounts.administrators import set_administrator
from redaction.accounts.agencies import find_agency
from redaction.accounts.snapshot import read_snapshot
from redaction.control.close import close_account
from redaction.errors import ApprovalNeeded
from redaction.gate.guard import find_approval
from tests.objects_of import World

ACTOR = pwd.getpwuid(os.getuid()).pw_name
Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture(params=["its folder is a file", "a folder has its name"])
def unwritable(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shared place where no snapshot can be written, not even by root."""
    place = tmp_path / "shared"
    if request.param == "a folder has its name":
        (place / "accounts.json" / "x").mkdir(parents=True)
    else:
        place.write_text("")
    monkeypatch.setenv("REDACTION_SHARED_URL", str(place))


def test_an_approval_that_is_given_is_not_reported_as_refused(
    world: World, cli: Cli, unwritable: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.account(7)
    for name in ("ada", ACTOR):
        set_administrator(world.deployment, 7, name, "eve", as_operator=True)
    with pytest.raises(ApprovalNeeded) as asked:
        close_account(world.deployment, 7, "ada", "ticket 4")
    assert isinstance(asked.value.subject, int)
    code, _, said = cli("approve", str(asked.value.subject))
    assert (code, "the change is stored" in said, "`redaction account snapshot`" in said) == (1, True, True), said
    found = find_approval(world.database, asked.value.subject)
    assert found is not None
    assert found.approved
    assert get_account(world.database, 7).closing_since is not None
    monkeypatch.delenv("REDACTION_SHARED_URL")
    assert cli("account", "snapshot")[0] == 0
    snapshot = read_snapshot(world.settings.snapshot_path)
    assert snapshot is not None
    assert snapshot.accounts == ()


def test_neither_is_a_changed_setting(world: World, cli: Cli, unwritable: None) -> None:
    world.account(7)
    code, _, said = cli("account", "set", "7", "--name", "Dental West")
    assert (code, "the change is stored" in said, get_account(world.database, 7).name) == (1, True, "Dental West")
    assert cli("agency", "add", "5", "--name", "East")[0] == 1
    with world.deployment.transaction("redaction_worker") as session:
        assert find_agency(session, 5).name == "East"
