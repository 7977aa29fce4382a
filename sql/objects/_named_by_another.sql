-- Says whether an activity still needs an object: another activity of any account names it and is not redacted, or is
-- held or of a paused account. Over the alias `x`, whose address is as `naming` says, and the alias `o`, the object in
-- question. An unredacted activity counts even if its object was due while its row was gone. An activity whose row is
-- gone with its partition may come again, and counts until it is due.
EXISTS (
    SELECT FROM tracking.objects x
    WHERE {{ naming }} AND x.id <> o.id AND (
        coalesce((
            SELECT xa.redacted_at IS NULL AND NOT {% with object = "x" %}{% include "objects/_taken.sql" %}{% endwith %}

            FROM tracking.activity_identity xi
            CROSS JOIN LATERAL (
                SELECT redacted_at FROM tracking.activities
                WHERE account_id = xi.account_id AND called_at = xi.called_at AND id = xi.id OFFSET 0
            ) xa
            WHERE xi.account_id = x.account_id AND xi.id = x.activity_id
        ), x.due_since IS NULL)
        -- The lists of accounts are read once, and spare the check of holds for each activity with the address.
        OR x.account_id = ANY (ARRAY(SELECT account_id FROM redaction.pauses WHERE account_id IS NOT NULL))
        OR (x.account_id = ANY (ARRAY(SELECT account_id FROM redaction.holds WHERE released_at IS NULL))
            AND {% with object = "x" %}{% include "objects/_object_held.sql" %}{% endwith %})
    )
    OFFSET 0  -- a look-up for each address, whatever their number
)
