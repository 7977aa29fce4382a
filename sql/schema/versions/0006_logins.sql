-- name: 0006_logins()
-- Logins of tasks and pages that are neither the owner nor a superuser.

-- Who writes settings: agencies, accounts, administrators, call settings, recipients, and the entries of the ledger that
-- say so. It reads no personal column.
DO $roles$
BEGIN
    IF to_regrole('redaction_manager') IS NULL THEN
        BEGIN
            CREATE ROLE redaction_manager NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END IF;
    IF current_setting('is_superuser')::boolean OR NOT pg_has_role('redaction_manager', 'MEMBER') THEN
        GRANT redaction_manager TO CURRENT_USER;
    END IF;
END
$roles$;

GRANT USAGE ON SCHEMA tracking, redaction, reporting TO redaction_manager;
GRANT SELECT ON tracking.agencies, tracking.accounts, tracking.account_users, tracking.call_settings,
    tracking.notification_rules, tracking.integrations TO redaction_manager;
GRANT INSERT, UPDATE ON tracking.agencies, tracking.call_settings TO redaction_manager;
-- Where an account is belongs to a move, not to its settings.
GRANT INSERT (
    id, agency_id, name, timezone, manual_redaction, auto_redaction, retention_mode, auto_redaction_since,
    caller_id_enabled, enhanced_caller_id_enabled
), UPDATE (
    agency_id, name, timezone, manual_redaction, auto_redaction, retention_mode, auto_redaction_since,
    caller_id_enabled, enhanced_caller_id_enabled
) ON tracking.accounts TO redaction_manager;
GRANT INSERT, UPDATE, DELETE ON tracking.account_users TO redaction_manager;
GRANT INSERT ON tracking.notification_rules, tracking.integrations TO redaction_manager;
GRANT SELECT, INSERT ON redaction.ledger TO redaction_manager;
GRANT SELECT ON redaction.ledger_identity TO redaction_manager;
-- A change of the zone moves the local days of an account.
GRANT SELECT (account_id, called_at) ON tracking.activities TO redaction_manager;
GRANT SELECT ON reporting.activity_by_hour TO redaction_manager;
GRANT SELECT, INSERT ON reporting.stale_days TO redaction_manager;

-- What tasks did with the rights of the owner until now.
GRANT SELECT ON redaction.alembic_version TO redaction_worker;
GRANT INSERT ON redaction.statistics_rewrites TO redaction_worker;
GRANT UPDATE ON SEQUENCE redaction.stores_id_seq TO redaction_worker;
