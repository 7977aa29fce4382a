-- Counts activities of accounts that are not redacted, each from one instant to before another, up to `most`; in the
-- given order. `without_held` leaves out what a hold keeps, for which it reads the rows.
SELECT (
    SELECT count(*) FROM (
        SELECT FROM tracking.activities a
        WHERE a.account_id = t.account_id AND a.called_at >= t.starts AND a.called_at < t.ends AND a.redacted_at IS NULL
{%- if without_held | default(false) %}
          AND NOT {% with account = "t.account_id" %}{% include "select/_held.sql" %}{% endwith %}
{% endif %}

        LIMIT :most
    ) c
) AS activities
FROM unnest(CAST(:account_ids AS bigint[]), CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]))
    WITH ORDINALITY AS t (account_id, starts, ends, place)
ORDER BY t.place
