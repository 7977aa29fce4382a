-- Does another activity, of whatever account, that is not redacted or is held name an object? Over the alias `x`, whose
-- address is as `naming` says, and the alias `o`, which is the object that asks. An activity whose row is gone with its
-- partition may come again: it counts.
EXISTS (
    SELECT FROM tracking.objects x
    WHERE {{ naming }} AND x.id <> o.id AND (
        (x.due_since IS NULL AND NOT EXISTS (
            SELECT FROM tracking.activity_identity xi
            CROSS JOIN LATERAL (
                SELECT redacted_at FROM tracking.activities
                WHERE account_id = xi.account_id AND called_at = xi.called_at AND id = xi.id OFFSET 0
            ) xa
            WHERE xi.account_id = x.account_id AND xi.id = x.activity_id AND xa.redacted_at IS NOT NULL
        ))
        -- The list of accounts is read once and spares the look at holds, of however many activities name the address.
        OR (x.account_id = ANY (ARRAY(SELECT account_id FROM redaction.holds WHERE released_at IS NULL))
            AND {% with object = "x" %}{% include "objects/_object_held.sql" %}{% endwith %})
    )
    OFFSET 0  -- a look-up for each address, however many are asked
)
