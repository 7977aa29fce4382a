"""The person who runs a command: the name of the process's user id. No environment variable can change it."""

from __future__ import annotations

import os
import pwd


def current_actor() -> str:
    """Return the name of this process's real user id, `uid 4711` if the machine has none for it."""
    uid = os.getuid()
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
