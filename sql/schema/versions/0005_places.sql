-- name: 0005_places()
-- Every place outside the activities that holds personal values, and its residue.

-- What rows that went have left in the files of a table beside the activities: how many values, of which account (NULL:
-- not known), in which files, by which transaction. `lsn` is the end of the log at that moment, and once the table was
-- rewritten the end of the log then.
CREATE TABLE redaction.place_residue (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    place text NOT NULL,
    account_id bigint,
    rows bigint NOT NULL,
    filenodes bigint[] NOT NULL,
    deleted_by xid8 NOT NULL DEFAULT pg_current_xact_id(),
    lsn pg_lsn NOT NULL DEFAULT pg_current_wal_insert_lsn(),
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    erased_at timestamptz
);
CREATE INDEX place_residue_left ON redaction.place_residue (place) WHERE erased_at IS NULL;
CREATE INDEX place_residue_account ON redaction.place_residue (account_id, since);
GRANT SELECT ON redaction.place_residue TO redaction_worker;

-- A tag is personal: analysts count by account and day, and do not read its name.
REVOKE SELECT ON reporting.tags FROM redaction_analyst;
GRANT SELECT (account_id, day, activities, missing) ON reporting.tags TO redaction_analyst;
