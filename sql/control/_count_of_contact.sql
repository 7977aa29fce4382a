-- How many activities of `account` have `contact`. Every look-up is by one of three indexes and stands alone (OFFSET), since
-- of personal columns the planner knows nothing.
(
    SELECT count(DISTINCT m.id) FROM (
        SELECT * FROM (
            SELECT a.id, a.account_id FROM tracking.activities a
            WHERE a.account_id = {{ account }} AND a.contact_key = {{ contact }} AND a.redacted_at IS NULL OFFSET 0
        ) by_key
        UNION ALL
        SELECT * FROM (
            SELECT a.id, a.account_id FROM tracking.activities a
            WHERE a.contact_keys @> ARRAY[{{ contact }}] AND a.redacted_at IS NULL OFFSET 0
        ) by_keys
        UNION ALL
        SELECT * FROM (
            SELECT a.id, a.account_id FROM tracking.activities a
            WHERE a.emails @> ARRAY[{{ contact }}] AND a.redacted_at IS NULL OFFSET 0
        ) by_emails
    ) m WHERE m.account_id = {{ account }}
)
