-- name: enter_other_strips(account_id, ids, addresses, placed, paths, hosts, given, accounts)
-- Enters the gate of strips of each other account that names one of some objects, as `named_by_another` finds them, and
-- of the given accounts (`given`), each with its object: no hold and no pause of these starts until this transaction has
-- ended. It waits for nobody, so the order of the accounts does not matter. Returns the objects that others name, and
-- whether it has entered all of these gates.
{% set elsewhere %}{% include "objects/_path_elsewhere.sql" %} = o.path AND x.address LIKE o.host{% endset %}
WITH named AS MATERIALIZED (
    SELECT o.id, x.account_id
    FROM unnest(CAST(:ids AS bigint[]), CAST(:addresses AS text[])) AS o (id, address)
    -- The OFFSETs make it a look-up for each address, whatever their number.
    CROSS JOIN LATERAL (SELECT x.account_id FROM tracking.objects x WHERE x.address = o.address OFFSET 0) x
    UNION
    SELECT o.id, x.account_id
    FROM unnest(CAST(:placed AS bigint[]), CAST(:paths AS text[]), CAST(:hosts AS text[])) AS o (id, path, host)
    CROSS JOIN LATERAL (SELECT x.account_id FROM tracking.objects x WHERE {{ elsewhere }} OFFSET 0) x
    UNION
    SELECT t.id, t.account_id FROM unnest(CAST(:given AS bigint[]), CAST(:accounts AS bigint[])) AS t (id, account_id)
), others AS MATERIALIZED (
    SELECT n.account_id,
           pg_try_advisory_xact_lock_shared(hashtext('redaction.strip'), hashtext(n.account_id::text)) AS entered
    FROM (SELECT DISTINCT account_id FROM named WHERE account_id <> :account_id) n
)
SELECT n.id, bool_and(o.entered) AS entered
FROM named n JOIN others o ON o.account_id = n.account_id GROUP BY n.id ORDER BY n.id
