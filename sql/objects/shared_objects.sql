-- name: shared_objects(ids, addresses, placed, paths, hosts)
-- Returns which of some objects are named elsewhere, in any account, as `named_by_another` searches: almost always
-- none, and then nothing more is asked.
{% set elsewhere %}{% include "objects/_path_elsewhere.sql" %} = o.path AND x.address LIKE o.host{% endset %}
SELECT o.id
FROM unnest(CAST(:ids AS bigint[]), CAST(:addresses AS text[])) AS o (id, address)
-- The OFFSETs make it a look-up for each address, whatever their number.
WHERE EXISTS (SELECT FROM tracking.objects x WHERE x.address = o.address AND x.id <> o.id OFFSET 0)
UNION
SELECT o.id
FROM unnest(CAST(:placed AS bigint[]), CAST(:paths AS text[]), CAST(:hosts AS text[])) AS o (id, path, host)
WHERE EXISTS (SELECT FROM tracking.objects x WHERE {{ elsewhere }} AND x.id <> o.id OFFSET 0)
