"""The drawings of the documentation, from the code where they show what it does: `python -m tools.diagrams`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from html import escape
from pathlib import Path

from redaction.pipeline.steps import STEPS
from redaction.policy import Interval, Policy, day_start, next_interval
from redaction.words import STEPS as WORDS

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
_ZONE, _SINCE, _DAYS = "America/New_York", date(2026, 1, 1), 125
_LEFT, _DAY = 110, 5.2
INK, PALE, BLUE, RED, GREY = "#1f2937", "#e5e7eb", "#3b5bdb", "#c92a2a", "#868e96"


def _svg(width: int, height: int, title: str, parts: list[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" font-family="sans-serif" font-size="13" fill="{INK}">\n<title>{escape(title)}</title>\n'
        f'<rect width="{width}" height="{height}" rx="6" fill="#ffffff"/>\n'
    )
    return head + "\n".join(parts) + "\n</svg>\n"


def _text(x: float, y: float, words: str, size: int = 13, fill: str = INK, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{fill}" text-anchor="{anchor}">{escape(words)}</text>'
    )


def _box(x: float, y: float, width: float, height: float, fill: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="3" fill="{fill}"/>'


def _line(x: float, y: float, to_x: float, to_y: float, stroke: str, dash: str = "") -> str:
    style = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}" stroke="{stroke}" stroke-width="1.5"{style}/>'
    )


def _at(instant: datetime) -> float:
    zone = Policy("30", "every", _ZONE, _SINCE).zone
    return _LEFT + _DAY * (instant.astimezone(zone).date() - _SINCE).days


def _run(interval: Interval, y: float) -> list[str]:
    x = _at(interval.run_after)
    return [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="{RED}"/>',
        _text(x, y + 22, f"{interval.run_after.date():%d %b}", 11, GREY, "middle"),
    ]


def draw_schedules() -> str:
    """Return when runs of both modes come, and what each takes, as the policy of an account says."""
    every, rolling = (Policy("30", mode, _ZONE, _SINCE) for mode in ("every", "rolling"))
    width = int(_LEFT + _DAY * _DAYS + 30)
    parts = [_text(16, 26, "30 days, switched on on 1 January 2026, New York", 15)]
    parts += [_text(16, 68, "every"), _text(16, 84, "30 days", 11, GREY)]
    interval, number = next_interval(every, None), 0
    while _at(interval.run_after) < width - 20:
        x, end = _at(interval.start), _at(interval.end)
        parts.append(_box(x + 1, 56, end - x - 2, 22, BLUE if number % 2 else "#748ffc"))
        parts += _run(interval, 67)
        interval, number = next_interval(every, interval.end), number + 1
    parts.append(
        _text(_LEFT, 116, "Each run takes everything before it: nothing older than 30 days is left.", 12, GREY)
    )
    parts += [_text(16, 160, "rolling"), _text(16, 176, "30 days", 11, GREY)]
    for number, days in enumerate(range(0, 91, 30)):
        interval = rolling.interval_from(day_start(_SINCE + timedelta(days=days), rolling.zone))
        y = 156 + 34 * number
        parts.append(_box(_at(interval.start), y - 11, _DAY, 22, BLUE))
        parts.append(_line(_at(interval.end), y, _at(interval.run_after), y, GREY, "3 3"))
        parts += _run(interval, y)
    parts.append(_text(_LEFT, 306, "A run comes for each day, 30 days after it ended: four are drawn.", 12, GREY))
    parts += [_box(_LEFT, 324, 14, 12, BLUE), _text(_LEFT + 20, 335, "days of an interval", 11)]
    parts += [f'<circle cx="{_LEFT + 170}" cy="330" r="6" fill="{RED}"/>', _text(_LEFT + 182, 335, "run", 11)]
    return _svg(width, 350, "When runs come: every 30 days, and rolling 30 days", parts)


def draw_steps() -> str:
    """Return the steps of a run in their order, with the state that each leaves."""
    names = ["select", *STEPS]
    states = ["selected", *STEPS.values()]
    parts = []
    for number, (name, state) in enumerate(zip(names, states, strict=True)):
        x = 16 + 166 * number
        parts.append(_box(x, 20, 146, 56, PALE))
        parts.append(_text(x + 73, 44, WORDS[name], 12, INK, "middle"))
        parts.append(_text(x + 73, 64, name, 11, GREY, "middle"))
        parts.append(_text(x + 73, 98, state, 11, BLUE, "middle"))
        if number:
            parts.append(_line(x - 19, 48, x - 3, 48, INK))
            parts.append(f'<path d="M {x - 8} 43 l 6 5 l -6 5 z" fill="{INK}"/>')
    return _svg(16 + 166 * len(names), 116, "The steps of a run, and the state after each", parts)


_PAGES = (
    ("Before", "A SELECT shows everything.", (("4711", "Zoe · +1 212 …", BLUE), ("4712", "Max · +1 212 …", BLUE))),
    (
        "Updated in place: L0",
        "The old rows are dead. Their bytes stay: residue.",
        (
            ("4711", "Zoe · +1 212 …", RED),
            ("4712", "Max · +1 212 …", RED),
            ("4711", "empty", GREY),
            ("4712", "empty", GREY),
        ),
    ),
    ("Rewritten: L2", "A new file has only the empty rows.", (("4711", "empty", GREY), ("4712", "empty", GREY))),
)


def draw_pages() -> str:
    """Return a page of a data file: before, after an update in place, after its partition was rewritten."""
    parts = []
    for number, (title, said, rows) in enumerate(_PAGES):
        x = 16 + 286 * number
        parts += [_text(x, 26, title, 14), _box(x, 38, 262, 138, PALE)]
        for line, (key, value, fill) in enumerate(rows):
            y = 46 + 31 * line
            parts += [_box(x + 8, y, 246, 25, "#ffffff"), _text(x + 16, y + 17, key, 12)]
            parts.append(_text(x + 76, y + 17, f"{value}  (dead)" if fill == RED else value, 12, fill))
        parts.append(_text(x, 196, said, 11, GREY))
    return _svg(874, 212, "A page of a data file before and after", parts)


DRAWINGS: Mapping[str, Callable[[], str]] = {
    "schedules.svg": draw_schedules,
    "steps.svg": draw_steps,
    "pages.svg": draw_pages,
}


def main() -> None:
    """Write the drawings."""
    for name, draw in DRAWINGS.items():
        (IMAGES / name).write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
