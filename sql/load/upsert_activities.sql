-- name: upsert_activities()
-- Upserts the staged batch by (account, id), whatever its time: a row that is there and not redacted takes the new
-- values, a redacted one is left exactly as it is, any other is inserted. Returns how many of each.
WITH known AS MATERIALIZED (
    SELECT s.account_id, s.id, i.called_at AS known_at
    FROM staging s
    CROSS JOIN LATERAL (
        -- The OFFSET keeps this a look-up by key for each row, whatever the planner believes of a table just filled.
        SELECT called_at FROM tracking.activity_identity
        WHERE account_id = s.account_id AND id = s.id
        OFFSET 0
    ) i
), updated AS (
    UPDATE tracking.activities a
    SET kind = s.kind, called_at = s.called_at
        {%- for column in (retained + personal) if column != '"called_at"' %}, {{ column }} = s.{{ column }}{% endfor %}

    FROM known k JOIN staging s ON s.account_id = k.account_id AND s.id = k.id
    WHERE a.account_id = k.account_id AND a.called_at = k.known_at AND a.id = k.id AND a.redacted_at IS NULL
    RETURNING 1
), inserted AS (
    INSERT INTO tracking.activities ({{ (keys + retained + personal) | join(", ") }})
    SELECT {{ (keys + retained + personal) | join(", ") }}
    FROM staging s
    WHERE NOT EXISTS (SELECT FROM known k WHERE k.account_id = s.account_id AND k.id = s.id)
    RETURNING 1
)
SELECT (SELECT count(*) FROM inserted) AS inserted,
       (SELECT count(*) FROM updated) AS updated,
       (SELECT count(*) FROM known) - (SELECT count(*) FROM updated) AS already_redacted
