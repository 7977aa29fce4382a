-- name: named_by_another(ids, addresses, placed, paths, hosts, unread, others)
-- Returns which of some objects an unredacted or held activity names in another spelling. The spellings are: one of the
-- addresses, each with the id of its object; one of the paths at another host, each with the id of its object and its
-- prefix; or an address that no look-up finds, given by the id of its row and that of its object.
{% set elsewhere %}{% include "objects/_path_elsewhere.sql" %} = o.path AND x.address LIKE o.host{% endset %}
SELECT o.id
FROM unnest(CAST(:ids AS bigint[]), CAST(:addresses AS text[])) AS o (id, address)
WHERE {% with naming = "x.address = o.address" %}{% include "objects/_named_by_another.sql" %}{% endwith %}

UNION
SELECT o.id
FROM unnest(CAST(:placed AS bigint[]), CAST(:paths AS text[]), CAST(:hosts AS text[])) AS o (id, path, host)
WHERE {% with naming = elsewhere %}{% include "objects/_named_by_another.sql" %}{% endwith %}


UNION
SELECT o.id
FROM unnest(CAST(:unread AS bigint[]), CAST(:others AS bigint[])) AS o (id, other)
WHERE {% with naming = "x.id = o.other" %}{% include "objects/_named_by_another.sql" %}{% endwith %}
