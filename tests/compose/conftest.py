"""Redis and docker-compose from Debian's packages; without them the tests are skipped, unless CI requires them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.compose.image import Image
from tests.compose.stack import make_env, read_compose


@pytest.fixture(scope="session")
def needed() -> None:
    """The secrets and settings of the services."""
    missing = [name for name in ("docker-compose", "redis-server", "redis-cli") if shutil.which(name) is None]
    if missing and os.environ.get("REDACTION_REQUIRE_ALL"):
        pytest.fail(f"{missing} missing, and this run may not do without: `make packages` as root installs them")
    if missing:
        pytest.skip(f"{missing} missing: `make packages` as root installs them")


@pytest.fixture(scope="session")
def secrets(needed: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A fresh `.env` and its content."""
    path = tmp_path_factory.mktemp("compose") / ".env"
    return path, make_env(path)


@pytest.fixture(scope="session")
def config(secrets: tuple[Path, dict[str, str]]) -> dict[str, object]:
    """The configuration that docker-compose makes of the file."""
    return read_compose(secrets[0])


@pytest.fixture(scope="session")
def whole(secrets: tuple[Path, dict[str, str]]) -> dict[str, object]:
    """The same with the services of the profile `s3`."""
    return read_compose(secrets[0], "--profile", "s3")


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The image that the Dockerfile makes."""
    return Image(tmp_path_factory.mktemp("image"))
