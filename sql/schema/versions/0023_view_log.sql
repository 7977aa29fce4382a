-- name: 0023_view_log()
-- Who has looked at personal data: a row a page that was shown, beside the ledger and no part of its chain.

-- What an administrator was shown: which kind of page, of which account, how many activities with personal data. No value,
-- no id of an activity.
CREATE TABLE redaction.view_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL,
    viewed_by text NOT NULL,
    page text NOT NULL,
    activities integer NOT NULL,
    viewed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT view_log_page CHECK (page IN ('calls', 'texts', 'contact', 'activity', 'names'))
);
CREATE INDEX view_log_account ON redaction.view_log (account_id, id);
-- Written once: nobody but the owner of the schema changes or removes a row.
GRANT SELECT, INSERT ON redaction.view_log TO redaction_worker;
