-- Queries of a WITH that judge rows with their facts (`rows`, over the aliases `a` and `f`) of an account (`account`).
-- `judged` has the id of each row whose retained texts or numbers reveal something of its caller, and whether that is only words
-- of the business (`is_common`). New names of this kind are remembered.
suspects AS MATERIALIZED (
    SELECT a.id, ({% include "strip/_marks_its_caller.sql" %} OR {% include "strip/_holds_its_number.sql" %}) AS is_sure,
           redaction.find_names(f.words, {% include "strip/_names.sql" %}) AS names
    FROM {{ rows }}
    WHERE {% include "strip/_names_its_caller.sql" %} OR {% include "strip/_holds_its_number.sql" %}

), common AS MATERIALIZED (
    SELECT c.name, c.digest, c.contacts
    FROM redaction.find_common_names({{ account }}, ARRAY(
        SELECT DISTINCT n.name FROM suspects s CROSS JOIN LATERAL unnest(s.names) AS n (name) WHERE NOT s.is_sure
    )) c
    WHERE c.is_common
), judged AS MATERIALIZED (
    SELECT s.id, NOT s.is_sure AND s.names <@ ARRAY(SELECT c.name FROM common c) AS is_common FROM suspects s
), remembered AS (
    INSERT INTO redaction.common_names (account_id, digest, contacts)
    SELECT DISTINCT {{ account }}, c.digest, c.contacts FROM common c ORDER BY 2
    ON CONFLICT DO NOTHING
)
