"""The forms of a page as a browser reads and sends them: their fields, and what is said to be wrong with each."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

Attributes = list[tuple[str, str | None]]


@dataclass
class PageForm:
    """A form: where it is sent, what a browser would send now, and the words under each field that is wrong."""

    method: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self._open: PageForm | None = None
        self._select: str | None = None
        self._option = False
        self._described: dict[str, tuple[PageForm, str]] = {}
        self._says: str | None = None

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = PageForm(given.get("method", "get"), given.get("action", ""))
            self.forms.append(self._open)
        form = self._open
        if form is None:
            return
        if tag == "input" and "name" in given:
            kind, value = given.get("type"), given.get("value", "")
            if kind == "date" and not re.fullmatch(r"\d{4}-[01]\d-[0-3]\d", value):
                value = ""
            if kind not in ("checkbox", "radio") or "checked" in given:
                form.fields[given["name"]] = value or ("on" if kind == "checkbox" else "")
        elif tag == "select":
            self._select = given["name"]
        elif tag == "option" and self._select is not None and ("selected" in given or self._select not in form.fields):
            form.fields[self._select] = given.get("value", "")
            # An option without a value stands for its text.
            self._option = "value" not in given
        if given.get("aria-invalid") == "true":
            self._described[given["aria-describedby"]] = form, given["name"]
        if given.get("id") in self._described:
            self._says = given["id"]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._option and self._open is not None and self._select is not None:
            self._open.fields[self._select], self._option = data.strip(), False
        if self._says is not None:
            form, name = self._described[self._says]
            form.wrong[name] = data
            self._says = None


def read_forms(page: str) -> list[PageForm]:
    """Return the forms of a page. A problem counts if it stands after its field, inside the form, and names it."""
    reader = _Reader()
    reader.feed(page)
    return reader.forms
