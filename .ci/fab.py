"""The table of `docs/reference/permissions.md`, asked of FAB: `.venv/bin/python .ci/fab.py`, half a minute.

FAB goes into an environment of its own, on top of the checkout's, which is not changed. Airflow's database is a file.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import venv
from pathlib import Path

from tests.roles import NORTH, read_table

ROOT = Path(__file__).resolve().parents[1]
PROVIDER = "apache-airflow-providers-fab"
MANAGER = "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"


def main() -> None:
    """Install FAB, ask it for every role; ends with an error that names what differs."""
    with tempfile.TemporaryDirectory(prefix="redaction-fab-") as folder:
        work = Path(folder)
        python = _make_environment(work / "env")
        given = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "REDACTION"))} | {
            "AIRFLOW_HOME": str(work / "airflow"),
            "AIRFLOW__CORE__AUTH_MANAGER": MANAGER,
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "REDACTION_AGENCY_ROLES": json.dumps({"1": NORTH}),
            "REDACTION_HOME": str(work / "home"),
        }
        _run([python, "-m", "airflow", "db", "migrate"], given)
        said = _run([python, "-m", "tests.roles"], given)
    found, wanted = json.loads(said.splitlines()[-1]), read_table()["FAB"]
    if found != wanted:
        differing = sorted(role for role in found.keys() | wanted.keys() if found.get(role) != wanted.get(role))
        sys.exit(
            f"FAB: docs/reference/permissions.md is not what FAB says of {', '.join(differing)}:\n"
            f"{json.dumps(found, indent=1)}"
        )
    print(f"FAB says what docs/reference/permissions.md says of {len(found)} roles", flush=True)


def _make_environment(folder: Path) -> str:
    venv.create(folder)
    python = str(folder / "bin" / "python")
    site = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    # After its own: what the checkout's environment has is there too.
    (site / "checkout.pth").write_text(sysconfig.get_path("purelib"))
    pip = [sys.executable, "-m", "pip", "--python", python, "--quiet", "--disable-pip-version-check", "install"]
    _run([*pip, "--constraint", str(ROOT / "constraints.txt"), PROVIDER], dict(os.environ))
    return python


def _run(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment)
    if done.returncode:
        sys.exit(f"FAB: {' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
