-- name: asked_alike(account_id, ids, owns, accounts, agencies, activities)
-- Returns which of some objects of an account a vendor would be asked for with the id of another activity, the account
-- of that activity, and whether it keeps the object: it is not redacted, or is held or of a paused account. Each object
-- comes with its activity, the id of the other, and the account of that or an agency, or neither if it may be of any
-- account.
SELECT o.id, x.account_id, (
    NOT EXISTS (
        SELECT FROM tracking.activities a
        WHERE a.account_id = x.account_id AND a.called_at = x.called_at AND a.id = x.activity_id AND a.redacted_at IS NOT NULL
    )
    OR x.account_id IN (SELECT account_id FROM redaction.pauses WHERE account_id IS NOT NULL)
    OR {% with object = "x" %}{% include "objects/_object_held.sql" %}{% endwith %}
) AS kept
FROM unnest(
    CAST(:ids AS bigint[]), CAST(:owns AS bigint[]), CAST(:accounts AS bigint[]), CAST(:agencies AS bigint[]),
    CAST(:activities AS bigint[])
) AS o (id, own, account_id, agency_id, activity_id)
JOIN tracking.accounts c
    ON (c.id = o.account_id OR o.account_id IS NULL) AND (c.agency_id = o.agency_id OR o.agency_id IS NULL)
-- The OFFSET keeps this as a look-up by key.
CROSS JOIN LATERAL (
    SELECT i.account_id, i.id AS activity_id, i.called_at FROM tracking.activity_identity i
    WHERE i.account_id = c.id AND i.id = o.activity_id OFFSET 0
) x
WHERE (x.account_id, x.activity_id) <> (:account_id, o.own)
