"""Settings: everything that a deployment may choose, only from the environment (`REDACTION_...`)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    AliasChoices,
    Field,
    NonNegativeInt,
    PositiveInt,
    PrivateAttr,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from redaction.alerting import AlertSettings
from redaction.asking import AskSettings
from redaction.collectors import CollectSettings
from redaction.errors import BadInput
from redaction.extras import open_address
from redaction.places import read_place
from redaction.resources import default_home, per_environment

DEFAULT = "default"
"""The placement that `database_url` is."""
MOST_KEY_BYTES = 2_500
"""Longest contact that every index takes (bytes): PostgreSQL refuses an entry of more than a third of a page
(2,704).
"""
MOST_IDS = 1_000
"""Most activities that one request or hold may name."""
DEEPEST = 250
"""Most levels of a record that every JSON writer here takes: orjson ends at 254."""
MOST_SHARDS = 200
"""Most DAG files of accounts, each parsed by its own process: 300,000 accounts at 1,500 a file."""
_PLACEMENT = re.compile(r"[a-z][a-z0-9_]{0,50}")


class Settings(AlertSettings, AskSettings, CollectSettings, BaseSettings):
    """The settings of a process, from its environment; frozen."""

    model_config = SettingsConfigDict(
        env_prefix="REDACTION_", env_ignore_empty=True, frozen=True, extra="ignore", populate_by_name=True
    )

    database_url: SecretStr | None = None
    """PostgreSQL 15 to 18 as a URL, with the login of tasks and pages; unset: the embedded server below `home`."""
    owner_url: SecretStr | None = None
    """The same with the owner's login: only `redaction init`, a move and a replay need it; tasks should not have it."""
    placements: str = ""
    """Further PostgreSQL servers that hold accounts, each by the id of its Airflow connection, separated by commas."""
    placement_slots: PositiveInt = 4
    """Strips that may work at a placement at the same time: the slots of its Airflow pool."""
    home: Path = Field(default_factory=default_home)
    """Where the embedded database, the snapshot, the ledger and the Data Docs are kept; unset: below Airflow's home."""
    shared_url: str | None = None
    """Where snapshot and Data Docs are kept for all processes (a folder, or an address as `s3://…`); unset: below
    `home`.
    """
    catalog: Path | None = None
    """The file of the operator's own fields; every process of a deployment must have the same."""
    source: str = Field(default="calltrackingmetrics", pattern=r"^(?:/.*|[a-z][a-z0-9_\-]*)$")
    """Where activities come from: a source of the product, or the absolute path of a folder that declares another."""
    batch_size: PositiveInt = 20_000
    """Rows of one strip batch, each committed on its own."""
    lock_timeout_ms: PositiveInt = 2_000
    """How long one statement waits for a lock before the batch is retried (milliseconds)."""
    statement_timeout_ms: PositiveInt = 300_000
    """How long one statement may take (milliseconds)."""
    busy_retries: PositiveInt = 5
    """How often a busy batch is tried again before the step fails with the error `DatabaseBusy`."""
    partition_width: Literal["day", "week", "month"] = "week"
    """Width of the partitions that a load creates; existing ones stay unchanged."""
    rewrite_share: float = Field(default=0.2, gt=0, le=1)
    """Share of due rows from which a partition is rewritten instead of updated in place."""
    rewrite_min_rows: PositiveInt = 1_000
    """Fewest due rows for which a run rewrites a partition."""
    rewrite_workers: PositiveInt = 3
    """Partitions that are rewritten in parallel: one more than cores, since one of them waits for the log."""
    throttle_when_busy: bool = Field(
        default=True, validation_alias=AliasChoices("redaction_throttle_when_busy", "redaction_rewrite_gently")
    )
    """Whether rewrites pause while others' writes wait. `REDACTION_REWRITE_GENTLY`, the old name, still works."""
    rewrite_lock_ms: PositiveInt = 200
    """Longest time that the swap of a rewrite may block others (milliseconds)."""
    rewrite_patience_s: PositiveInt = 20
    """How long a rewrite tries to swap in a finished copy before it gives up (seconds)."""
    rewrite_most_bytes: PositiveInt | None = None
    """Most disk space that a rewrite may take on the server (bytes); unset: the free space, if the server is local."""
    erasure_deadline_h: PositiveInt = 24
    """Hours after which residue in the files is late."""
    erasure_schedule: str = "0 2 * * *"
    """When the DAG `erase_residue` runs (cron, UTC)."""
    erasure_window_min: PositiveInt = 240
    """Longest time it may run (minutes)."""
    proof_sample: NonNegativeInt = 200
    """Values of each category that a rewrite samples before and searches afterwards; 0: no proof by sample."""
    proof_partitions: NonNegativeInt = 2
    """Partitions of a run, drawn at random, whose rewrite is proven by sample; rewrites of residue always are."""
    backup_retention_days: NonNegativeInt | None = None
    """How long backups and archived logs are kept (days), as the operator states; unset: unknown."""
    ledger_url: str | None = None
    """Where the ledger is kept outside the database (a folder, or an address as `s3://…`); unset: below the home."""
    certificate_key: SecretStr | None = None
    """Ed25519 private key that signs certificates: PEM, or the path of a file that has it."""
    guard_factor: float = Field(default=10, ge=1)
    """An automatic run that strips more than this many times the median of the last runs waits for approval."""
    guard_runs: PositiveInt = 10
    """How many of an account's last automatic runs the guard compares with."""
    guard_first: NonNegativeInt = 100_000
    """An account's first automatic run with more activities than this waits for approval."""
    guard_least: NonNegativeInt = 1_000
    """Runs with at most this many activities never wait, except the first."""
    reports_schedule: str = "45 * * * *"
    """When the DAG `refresh_reports` runs (cron, UTC)."""
    watch_schedule: str = "15 * * * *"
    """When the DAG `retention_watch` runs (cron, UTC)."""
    watch_overdue_h: NonNegativeInt = 24
    """Hours after which a due activity that is not redacted is late."""
    watch_object_h: NonNegativeInt = 24
    """Hours after which a due object that is still in its store is late."""
    watch_hold_d: NonNegativeInt = 365
    """Days after which a hold is late for review."""
    view_log_d: int = Field(default=365, ge=30)
    """Days after which `retention_watch` drops a row of the record of views of personal data."""
    watch_unfinished_h: NonNegativeInt = 24
    """Hours after which an unfinished run, or an account that cannot be fetched, is late."""
    watch_approval_h: NonNegativeInt = 24
    """Hours after which a run that waits for approval is late."""
    watch_quarantine_d: NonNegativeInt = 7
    """Days after which rejected records in the quarantine are late."""
    quarantine_bytes: NonNegativeInt = 256 * 1024**2
    """Largest quarantine of a placement (bytes); 0: no rejected record is kept."""
    watch_inbox_h: NonNegativeInt = 24
    """Hours after which a raw file in the inbox is late."""
    watch_downstream_d: NonNegativeInt = 30
    """Days after which a record at another system that is not marked as erased is late."""
    publications: Literal["name", "refuse"] = "name"
    """What a run does about a publication or logical slot that sends values elsewhere: name it, or refuse to run."""
    stagger_min: NonNegativeInt = 30
    """Minutes after their boundary within which the runs of all accounts begin, each always at its own minute."""
    dag_shards: PositiveInt = Field(default=12, le=MOST_SHARDS)
    """DAG files among which the bundle divides the accounts, each parsed on its own; at most 1,500 accounts a file."""
    agency_roles: dict[int, dict[str, Literal["read", "edit"]]] = {}
    """Roles of FAB that may see or run the DAGs of an agency, as JSON by agency: `{"1": {"North staff": "edit"}}`."""
    snapshot_max_age_s: PositiveInt = 300
    """Age at which a DAG parse refreshes the snapshot of the accounts (seconds)."""
    snapshot_max_loss: float = Field(default=0.5, ge=0, le=1)
    """Share of its accounts that a new snapshot may lose before it is refused."""
    load_workers: PositiveInt = 2
    """Processes of a load, the first one included; each parses and stores, with a connection of its own."""
    limit_line_bytes: PositiveInt = 16 * 1024**2
    """Longest line of a file (bytes); a longer one is rejected."""
    limit_document_bytes: PositiveInt = 64 * 1024**2
    """Longest file that is one JSON document over several lines (bytes); a longer one is rejected as a whole."""
    limit_values: PositiveInt = 1_000_000
    """Most JSON values in one line or document, counted by its commas and opening brackets."""
    limit_depth: PositiveInt = Field(default=DEEPEST, le=DEEPEST)
    """Most nested levels of objects and lists in a record."""
    limit_fields: PositiveInt = 1_000
    """Most fields of a record."""
    limit_items: PositiveInt = 1_000
    """Most e-mail addresses, numbers, tags, objects or steps of a call path of a record."""
    limit_key_bytes: PositiveInt = Field(default=1_000, le=MOST_KEY_BYTES)
    """Longest number or address of a contact (bytes); contacts are indexed."""
    limit_text_bytes: PositiveInt = 4_000
    """Longest name, number, tag, address of a recording, or retained text (bytes); not of bodies and notes."""
    limit_gzip_ratio: PositiveInt = 200
    """Most times its size that a gzip may expand to, above 64 MB; a file that expands more is refused."""

    _placement: str = PrivateAttr(DEFAULT)

    @field_validator("placements")
    @classmethod
    def _check_placements(cls, text: str) -> str:
        names = [name.strip() for name in text.split(",") if name.strip()]
        for name in names:
            if not _PLACEMENT.fullmatch(name):
                raise ValueError(f"{name!r} is no id of a connection: small letters, digits, _ after a letter")
        if len({DEFAULT, *names}) != len(names) + 1:
            raise ValueError("names a placement twice, or `default`, which is there by itself")
        return ",".join(names)

    @field_validator("shared_url", "inbox_url", mode="before")
    @classmethod
    def _check_shared(cls, given: Any) -> Any:
        if isinstance(given, str) and ":" not in given and not given.startswith("/"):
            raise ValueError("must be an absolute path, or an address like s3://bucket/folder")
        return given

    @field_validator("ledger_url", "shared_url", "inbox_url", mode="after")
    @classmethod
    def _read_place(cls, text: str | None) -> str | None:
        return text if text is None else read_place(text)

    @field_validator("home", mode="before")
    @classmethod
    def _read_home(cls, given: Any) -> Any:
        if not isinstance(given, str):
            return given
        place = read_place(given)
        if "://" in place:
            raise ValueError("must be a folder of this host")
        return place

    @property
    def all_placements(self) -> tuple[str, ...]:
        """Return the names of the placements, `default` first."""
        return (DEFAULT, *self.placements.split(",")) if self.placements else (DEFAULT,)

    @property
    def placement(self) -> str:
        """Return the name of the placement of these settings."""
        return self._placement

    def at(self, placement: str, **changes: Any) -> Settings:
        """Return these settings for a placement, with changed fields."""
        found = self.model_copy(update=changes)
        found._placement = placement
        return found

    @property
    def shared_place(self) -> Any:
        """Return the folder that other processes read too: a Path, or an ObjectStoragePath, which has the same
        methods.
        """
        if self.shared_url is None:
            return self.home
        return open_address(self.shared_url.removeprefix("file://"), "REDACTION_SHARED_URL")

    @property
    def ledger_place(self) -> str:
        """Return where the ledger of this placement is kept outside the database, as `open_place` takes it."""
        return self.ledger_url or str(self.home.resolve() / "ledger")

    def _of_placement(self, name: str) -> Any:
        place = self.shared_place
        return place / name if self.placement == DEFAULT else place / "placements" / self.placement / name

    @property
    def snapshot_path(self) -> Any:
        """Return the parse-time snapshot of this placement's accounts, a path below `shared_place`."""
        return self._of_placement("accounts.json")

    @property
    def ledger_check_path(self) -> Any:
        """Return the last check of this placement's ledger, a path below `shared_place`."""
        return self._of_placement("ledger_check.json")

    @property
    def raw_files_path(self) -> Any:
        """Return the figures of the quarantine and the inbox here, a path below `shared_place`."""
        return self._of_placement("raw_files.json")

    @property
    def inbox_failures_path(self) -> Any:
        """Return why files were left in the inbox, a path below `shared_place`."""
        return self._of_placement("inbox_failures.json")

    @property
    def quarantine_path(self) -> Any:
        """Return the folder of the records that loads have rejected here, a path below `shared_place`."""
        return self._of_placement("quarantine")

    @property
    def exports_path(self) -> Any:
        """Return the folder of the files that answer requests of persons, a path below `shared_place`."""
        return self._of_placement("exports")

    @property
    def sample_objects_path(self) -> Path:
        """Return the folder of the sample's recordings: next to the home, where nothing is ever deleted."""
        home = self.home.resolve()
        return home.with_name(f"{home.name}-recordings")

    @property
    def data_docs_path(self) -> Any:
        """Return the folder of the Data Docs of Great Expectations of this placement, a path below `shared_place`."""
        return self._of_placement("data_docs")


@per_environment
def load_settings() -> Settings:
    """Return the settings of this process; raises BadInput naming the invalid variable."""
    try:
        return Settings()
    except SettingsError as error:
        # A field that is not a plain value; its message names only the field.
        name = "REDACTION_" + str(error).split('"')[1].upper()
        raise BadInput(f"environment: {name}: is not valid JSON for this setting") from None
    except ValidationError as error:
        first = error.errors()[0]
        name = "REDACTION_" + "_".join(str(part) for part in first["loc"]).upper().removeprefix("REDACTION_")
        raise BadInput(f"environment: {name}: {first['msg']}") from None
