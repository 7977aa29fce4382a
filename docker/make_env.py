"""Write the `.env` of docker-compose.yml with fresh secrets, which only its owner can read: `make compose-env`."""

import base64
import os
import secrets
import sys
from pathlib import Path

NAMES = (
    "POSTGRES_PASSWORD",
    "LOGIN_PASSWORD",
    "AIRFLOW_DB_PASSWORD",
    "REDIS_PASSWORD",
    "ADMIN_PASSWORD",
    "API_SECRET",
    "JWT_SECRET",
    "S3_USER",
    "S3_PASSWORD",
)


def main(path: Path) -> int:
    """Write the file; refuse one that is there, whose secrets the volumes were made with."""
    values = {name: secrets.token_hex(32) for name in NAMES}
    values["FERNET_KEY"] = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        sys.stderr.write(f"{path} is there already: the databases were made with its secrets; move it away first\n")
        return 1
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(f"{name}={value}\n" for name, value in sorted(values.items()))
    sys.stdout.write(f"{path} written; log in as admin with ADMIN_PASSWORD\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".env")))
