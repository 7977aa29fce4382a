-- name: 0027_seconds()
-- Who is a second person: since when somebody administers an account, and who has made them. A proposal says what it asks.

-- `made_by` are whoever made them an administrator and whoever made those, back to the operator or to two people who agreed.
-- Both are for the database and the owner to say: who was one before has always been one.
ALTER TABLE tracking.account_users
    ADD COLUMN since timestamptz NOT NULL DEFAULT '-infinity',
    ADD COLUMN made_by text[] NOT NULL DEFAULT '{}';
REVOKE INSERT, UPDATE ON tracking.account_users FROM redaction_manager;
GRANT INSERT (account_id, username, role, may_hold, may_release, made_by), UPDATE (role, may_hold, may_release)
    ON tracking.account_users TO redaction_manager;

ALTER TABLE redaction.proposals ADD COLUMN asked jsonb NOT NULL DEFAULT '{}';
