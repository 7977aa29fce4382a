"""Whole loads against a model: whatever is sent, in any order and files, the table equals a dictionary."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from redaction.catalog import load_catalog
from redaction.deployment import Deployment
from redaction.source import reader
from redaction.source.load import load_files
from redaction.source.rows import CallSettings, build_row
from tests.conftest import EMPTY

Sql = Callable[..., list[dict[str, Any]]]
Record = dict[str, Any]
Key = tuple[int, int]
File = tuple[Callable[[Sequence[Record]], bytes], list[Record]]

_KEPT = {7: CallSettings(), 8: CallSettings(caller_id=False, by_number={"+18005550101": (True, False)})}
_TIMES = (1_772_400_000, 1_772_400_060, 1_775_000_000, 900_000_000)
_NAMES = ("Zoë Canary", "Straße Müller", "STRASSE MÜLLER", "田中太郎", "İpek Ilgaz", "Unknown")
_WRITTEN = ("+1{}{}{}", "({}) {}-{}", "{}{}{}", "1-{}-{}-{}", "{}.{}.{}", "+1 ({}) {} {}")

texts = st.text(max_size=10)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9, width=32) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)


@st.composite
def records(draw: st.DrawFn) -> Record:
    """A record as a source might send it: of any kind, incomplete, of odd types, naming its caller in wrong places."""
    digits = str(draw(st.integers(2_000_000_000, 2_000_000_003)))
    parts = (digits[:3], digits[3:6], digits[6:])
    number = st.sampled_from(_WRITTEN).map(lambda form: form.format(*parts))
    name = draw(st.sampled_from(_NAMES) | st.tuples(texts, texts).map(" ".join))
    email = draw(st.sampled_from(("zoe@example.com", "ZOË@Example.com ", "@")))
    named = st.one_of(number, st.sampled_from((name, name.upper(), name.lower(), email.upper())))
    retained = texts | st.tuples(texts, named, texts).map("".join) | st.tuples(texts, named, texts).map(" ".join)
    hop = st.fixed_dictionaries(
        {},
        optional={"route_name": retained, "route_id": st.integers(0, 9), "route_type": st.just("queue"), "x": values},
    )
    fields: dict[str, st.SearchStrategy[Any]] = {
        **dict.fromkeys(("status", "call_status", "dial_status", "tracking_label", "source"), retained),
        **dict.fromkeys(("caller_number", "caller_number_format", "contact_number", "from_number"), number),
        **dict.fromkeys(("name", "cnam", "callerid"), st.just(name)),
        **dict.fromkeys(("notes", "transcription_text", "body", "visitor_sid", "sid", "day"), texts),
        **dict.fromkeys(
            ("custom_fields", "legs", "touchpoints", "geo", "likelihood", "duration", "shoe size", "a\x00b"), values
        ),
        **dict.fromkeys(("media", "chat_messages", "tag_list", "emails"), st.lists(texts, max_size=3)),
        "kind": st.sampled_from(("call", "text", "chat", "form", "other")),
        "email": st.just(email),
        "call_path": st.lists(hop, max_size=3),
        "form": st.fixed_dictionaries({}, optional={"name": st.just(name), "email": st.just(email), "x": values}),
        "tracking_number": st.sampled_from(("+18005550100", "8005550101")),
        "source_id": st.sampled_from((3, "4", "x", 2**64 - 1)),
        "indexed_at": st.sampled_from((1_772_400_000, 1_772_400_000.5, "2026-03-02T00:00:00Z", None, "never")),
    }
    chosen = draw(st.lists(st.sampled_from(sorted(fields)), max_size=12, unique=True))
    record = {field: draw(st.one_of(fields[field], fields[field], fields[field], values)) for field in chosen}
    record |= {"id": draw(st.integers(1, 3)), "account_id": draw(st.sampled_from((7, 7, 8, 9)))}
    when = draw(st.sampled_from((*_TIMES, None)))
    record |= {"called_at": "2026-03-01 11:48 PM -05:00"} if when is None else {"unix_time": when}
    return record


def _page(sent: Sequence[Record]) -> bytes:
    return orjson.dumps({"page": 1, "calls": sent}, option=orjson.OPT_INDENT_2)


def _lines(sent: Sequence[Record]) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in sent)


def _singer(sent: Sequence[Record]) -> bytes:
    return b"\n".join(orjson.dumps({"type": "RECORD", "stream": "call", "record": record}) for record in sent)


FORMS = (_page, _lines, _singer, lambda sent: gzip.compress(_lines(sent), 1))
files = st.lists(st.tuples(st.sampled_from(FORMS), st.lists(records(), min_size=1, max_size=4)), min_size=1, max_size=3)


def _without_nul(value: Any) -> Any:
    return json.loads(json.dumps(value).replace("\\u0000", ""))


_CALLERS = (
    *("caller_name", "caller_number", "caller_numbers", "contact_key", "contact_keys", "emails", "caller_id"),
    *("form", "custom_fields", "enhanced_caller_id"),
)


def _may_keep_its_texts(before: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Say whether a record leaves a caller out and has other texts: if these name the caller, the table keeps both."""
    texts = ("tracking_number", "call_path", *load_catalog().scrubbed)
    return any(name in before and name not in row for name in _CALLERS) and any(
        before.get(name) != row.get(name) for name in texts
    )


class Model:
    """The expected content of the table."""

    def __init__(self) -> None:
        self.rows: dict[Key, dict[str, Any]] = {}
        self.unsure: set[Key] = set()
        self.records: dict[Key, Record] = {}
        self.redacted: set[Key] = set()

    def load(self, sent: Sequence[Record]) -> int:
        """Take records in order: the later one by its source is kept, else the later in order; redacted ones
        stay. Returns the number of rejected records.
        """
        rejected = 0
        for record in map(_without_nul, sent):
            key = (record["account_id"], record["id"])
            if key[0] not in _KEPT:
                rejected += 1
            elif key not in self.redacted:
                row = build_row(record, _KEPT)
                written = self.rows.get(key, {}).get("indexed_at")
                if written is None or row.setdefault("indexed_at", written) >= written:
                    if _may_keep_its_texts(self.rows.get(key, {}), row):
                        self.unsure.add(key)
                    self.rows[key] = row
                    self.records[key] = record
        return rejected

    def redact(self, keys: set[Key]) -> None:
        self.redacted |= keys
        for key in keys:
            self.rows[key] = {
                name: value for name, value in self.rows[key].items() if name not in load_catalog().personal
            }


def _comparable(rows: Mapping[Key, Mapping[str, Any]]) -> dict[Key, str]:
    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items()}
        if isinstance(value, list):
            return [plain(item) for item in value]
        # jsonb has no difference between 1 and 1.0, nor between 0 and -0.
        return float(value) + 0.0 if isinstance(value, int | float) and not isinstance(value, bool) else value

    return {
        key: json.dumps({name: plain(row.get(name)) for name in load_catalog().copied}, sort_keys=True, default=str)
        for key, row in rows.items()
    }


def _sure(rows: Mapping[Key, Mapping[str, Any]], model: Model) -> dict[Key, str]:
    return _comparable({key: row for key, row in rows.items() if key not in model.unsure})


def _assert_nobody_is_named(row: Mapping[str, Any], record: Record) -> None:
    held = [row[name] for name in load_catalog().scrubbed] + [hop.get("route_name") for hop in row["call_path"] or ()]
    form = record.get("form") if isinstance(record.get("form"), dict) else {}
    names = [record.get(field) for field in ("name", "cnam", "callerid")] + [form.get("name")]
    for text in [text for text in held if isinstance(text, str)]:
        bare = re.sub(r"[\s().+\-/]", "", text)
        for field in ("caller_number", "caller_number_format", "contact_number", "from_number"):
            digits = re.sub("[^0-9]", "", str(record.get(field)))
            assert not re.fullmatch("1?[2-9][0-9]{9}", digits) or digits[-10:] not in bare, field
        for email in (record.get("email"), form.get("email")):
            assert not isinstance(email, str) or len(email) < 5 or not _holds(text, email)
        for name in [name for name in names if isinstance(name, str)]:
            assert not re.fullmatch(r"[^\W\d_]+( [^\W\d_]+)+", name) or not _holds(text, name)


def _holds(text: str, words: str) -> bool:
    """Say whether a text has some words, and not as parts of others."""
    wanted = re.escape(" ".join(words.casefold().split()))
    return re.search(rf"(?:^|[ -,]){wanted}(?:$|[ -,])", " ".join(text.casefold().split())) is not None


def _assert_nothing_is_lost(row: Mapping[str, Any], record: Record) -> None:
    for name in load_catalog().scrubbed:
        sent = record.get(name)
        assert not isinstance(sent, str) or row[name] == (sent or None) or "[redacted]" in row[name], name
    path = record.get("call_path")
    if isinstance(path, list) and all(isinstance(hop, dict) for hop in path):
        assert len(path) == len(row["call_path"] or ())


def _assert_lookups_are_dropped(row: Mapping[str, Any]) -> None:
    if row["account_id"] == 8 and row["tracking_number"] == "8005550101":
        assert row["enhanced_caller_id"] is None
    elif row["account_id"] == 8:
        assert row["caller_id"] is None
        assert "geo" not in (row["enhanced_caller_id"] or {})


@pytest.fixture
def accounts(sql: Sql, account: int) -> None:
    sql(
        "INSERT INTO tracking.accounts (id, agency_id, timezone, country, caller_id_enabled)"
        " VALUES (8, 1, 'Asia/Kathmandu', 'US', false)"
    )
    sql(
        "INSERT INTO tracking.call_settings (account_id, name, enhanced_caller_id_enabled, tracking_numbers)"
        " VALUES (8, 'Web', false, '{(800) 555-0101}')"
    )


def _table(sql: Sql) -> dict[Key, dict[str, Any]]:
    found = sql("SELECT *, xmin::text AS written FROM tracking.activities")
    by_key = {(row["account_id"], row["id"]): row for row in found}
    assert len(by_key) == len(found)
    return by_key


@pytest.mark.usefixtures("accounts")
@pytest.mark.parametrize("block", [8 * 1024 * 1024, 300], ids=["in one batch", "in many batches"])
@given(first=files, second=files, data=st.data())
# Not shrunk: each try is four loads.
@bounds(max_examples=25, deadline=None, phases=(Phase.reuse, Phase.generate), suppress_health_check=list(HealthCheck))
def test_the_table_holds_what_a_dictionary_would(
    block: int,
    first: list[File],
    second: list[File],
    data: st.DataObject,
    deployment: Deployment,
    sql: Sql,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reader, "BLOCK", block)
    sql(EMPTY)
    model = Model()

    def load(sent: Sequence[File]) -> None:
        paths = [tmp_path / f"{number}.any" for number in range(len(sent))]
        for path, (form, held) in zip(paths, sent, strict=True):
            path.write_bytes(form(held))
        summary = load_files(deployment, paths)
        everything = [record for _, held in sent for record in held]
        assert summary.read == len(everything)
        assert summary.rejected == model.load(everything)

    load(first)
    before = _table(sql)
    assert _sure(before, model) == _sure(model.rows, model)
    for key in before.keys() - model.unsure:
        row = before[key]
        _assert_nobody_is_named(row, model.records[key])
        _assert_nothing_is_lost(row, model.records[key])
        _assert_lookups_are_dropped(row)

    load(first)
    again = _table(sql)
    # Over several batches an activity may have had its first record's values for a moment, and is written again.
    assert again == before if block > 300 else _comparable(again) == _comparable(before)

    redacted = {key for key in before if data.draw(st.booleans(), label=f"redact {key}")}
    stripping = ", ".join(f"{name} = NULL" for name in load_catalog().personal)
    for key in redacted:
        sql(
            f"UPDATE tracking.activities SET redacted_at = now(), {stripping} WHERE (account_id, id) = (:account, :id)",
            account=key[0],
            id=key[1],
        )
    model.redact(redacted)
    stripped = {key: row for key, row in _table(sql).items() if key in redacted}
    load([*first, *second])
    after = _table(sql)
    assert {key: row for key, row in after.items() if key in redacted} == stripped
    assert _sure(after, model) == _sure(model.rows, model)
