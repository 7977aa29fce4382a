"""The network to one placement is cut in mid-run: the run reports it, and continues when the network is back."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.engine import make_url

from redaction.accounts.accounts import list_accounts
from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.errors import DatabaseBusy
from redaction.pipeline import run as runs
from redaction.pipeline.run import run_account
from redaction.placements.resolve import Placements
from redaction.settings import load_settings


class Cable:
    """Forwards a port of this machine to the server's socket, until it is cut."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._plugged = True
        self._ends: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if not self._plugged:
                near.close()
                continue
            far = socket.socket(socket.AF_UNIX)
            far.connect(self._target)
            self._ends += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    @staticmethod
    def _pass_on(one: socket.socket, other: socket.socket) -> None:
        try:
            while data := one.recv(65_536):
                other.sendall(data)
        except OSError:
            pass
        for end in (one, other):
            end.close()

    def cut(self) -> None:
        """Break open connections, and refuse new ones."""
        self._plugged = False
        for end in self._ends:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def mend(self) -> None:
        """Forward again."""
        self._plugged = True

    def close(self) -> None:
        """Stop for good."""
        self.cut()
        self._listener.close()


@pytest.fixture
def cable(west: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cable]:
    """The only way to `west`, with activities of account 9 there."""
    old = datetime.now(UTC) - timedelta(days=3)
    with west.engine("owner").begin() as connection:
        connection.exec_driver_sql("SELECT tracking.ensure_partition(%s)", (old,))
        connection.exec_driver_sql(
            "INSERT INTO tracking.activities (id, account_id, kind, called_at, caller_name)"
            " SELECT n, 9, 'call', %s, 'Zoë ' || n FROM generate_series(1, 50) n",
            (old,),
        )
    query = west.url.query
    made = Cable(f"{query['host']}/.s.PGSQL.{query.get('port', west.url.port or 5432)}")
    url = make_url(west.url).set(host="127.0.0.1", port=made.port, query={})
    monkeypatch.setenv("AIRFLOW_CONN_WEST", url.render_as_string(hide_password=False))
    monkeypatch.setenv("REDACTION_BUSY_RETRIES", "1")
    yield made
    made.close()


@pytest.mark.parametrize("step", ["strip", "objects", "validate", "reports"])
def test_a_run_goes_on_when_the_network_is_back(
    cable: Cable, west: Database, monkeypatch: pytest.MonkeyPatch, account: int, step: str
) -> None:
    base, real = load_settings(), dict(runs.WORK)

    def cut(deployment: Deployment, run: object) -> object:
        cable.cut()
        return real[step](deployment, run)  # type: ignore[index, arg-type]

    with monkeypatch.context() as patched:
        patched.setitem(runs.WORK, step, cut)  # type: ignore[arg-type]
        with Placements(base) as placements, pytest.raises(DatabaseBusy):
            run_account(placements.at("west", allow_restored=True), 9, datetime.now(UTC))
    # The others are not affected.
    with Placements(base) as placements:
        answers, silent = placements.ask(lambda one: [account.id for account in list_accounts(one.database)])
    assert (answers, list(silent)) == ({"default": [account]}, ["west"])

    cable.mend()
    with Placements(base) as placements:
        run_account(placements.at("west"), 9, datetime.now(UTC))
    with west.engine("owner").begin() as connection:
        ask = connection.exec_driver_sql
        assert ask("SELECT count(*) FROM tracking.activities WHERE caller_name IS NOT NULL").scalar_one() == 0
        # The first has continued, and the later one had nothing left to do.
        found = ask("SELECT state, stripped_count FROM redaction.runs ORDER BY id").all()
        assert found == [("succeeded", 50), ("nothing_due", 0)]
        assert ask("SELECT count(*) FROM redaction.ledger WHERE kind = 'redaction'").scalar_one() == 1
