"""Write the `.env` of docker-compose.yml with fresh secrets, which only its owner can read: `make compose-env`.

An existing file keeps its secrets: the databases were created with them. New variables of this version are added, and
VERSION is set to the version of the program. `redaction.env` in the same folder holds the settings of the program.
"""

from __future__ import annotations

import base64
import os
import secrets
import sys
import tomllib
from pathlib import Path

NAMES = (
    "POSTGRES_PASSWORD",
    "LOGIN_PASSWORD",
    "AIRFLOW_DB_PASSWORD",
    "REDIS_PASSWORD",
    "ADMIN_PASSWORD",
    "API_SECRET",
    "JWT_SECRET",
    "S3_ROOT_USER",
    "S3_ROOT_PASSWORD",
    "S3_USER",
    "S3_PASSWORD",
)
SETTINGS = """\
# Settings of the program for every service of Airflow, one a line: REDACTION_BACKUP_RETENTION_DAYS=30
# All of them stand in redaction/settings.py. A placement's connection is AIRFLOW_CONN_<NAME>. With the profile s3:
# REDACTION_LEDGER_URL=s3://ledger
"""
BEFORE = {
    "LEDGER_URL": "REDACTION_LEDGER_URL",
    "BACKUP_RETENTION_DAYS": "REDACTION_BACKUP_RETENTION_DAYS",
    "PLACEMENTS": "REDACTION_PLACEMENTS",
}
"""What version 0.1 had in `.env`, and what it is called in `redaction.env`."""


def read_version() -> str:
    """Return the version of the program, from the one place where it stands."""
    pyproject = Path(__file__).resolve().parents[1] / "pyproject.toml"
    return str(tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]["version"])


def write(path: Path, text: str) -> None:
    """Write a file at once, so that there is never half of one; only its owner can read it."""
    half = path.with_name(f"{path.name}.half")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    half.replace(path)


def main(path: Path) -> int:
    """Write both files, or what they lack; return the exit code."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    values = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    settings = path.with_name("redaction.env")
    if not settings.exists():
        brought = [f"{BEFORE[name]}={value}\n" for name, value in sorted(values.items()) if name in BEFORE and value]
        write(settings, SETTINGS + "".join(brought))
        sys.stdout.write(f"{settings} written, for the settings of the program\n")
    fresh = {name: secrets.token_hex(32) for name in NAMES if name not in values}
    if "FERNET_KEY" not in values:
        fresh["FERNET_KEY"] = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    fresh["VERSION"] = read_version()
    kept = [line for line in lines if not line.startswith("VERSION=")]
    write(path, "".join(f"{line}\n" for line in [*kept, *(f"{name}={value}" for name, value in sorted(fresh.items()))]))
    if lines:
        added = ", ".join(sorted(set(fresh) - {"VERSION"})) or "no secret"
        sys.stdout.write(f"{path} was there and keeps its secrets; added: {added}; VERSION is {fresh['VERSION']}\n")
    else:
        sys.stdout.write(f"{path} written; log in as admin with ADMIN_PASSWORD\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".env")))
