-- Counts, for each activity that is redacted or whose recording the clock has taken, the objects whose addresses this
-- statement forgets: the rows of `{{ forgotten }}`. An activity without a row counts nothing: if it is sent again, it
-- starts from zero.
INSERT INTO tracking.settled_objects AS s (account_id, activity_id, settled)
SELECT f.account_id, f.activity_id, count(*)
FROM {{ forgotten }} f
CROSS JOIN LATERAL (
    -- The OFFSETs keep these as look-ups by key.
    SELECT called_at FROM tracking.activity_identity
    WHERE account_id = f.account_id AND id = f.activity_id OFFSET 0
) fi
CROSS JOIN LATERAL (
    SELECT redacted_at FROM tracking.activities
    WHERE account_id = f.account_id AND called_at = fi.called_at AND id = f.activity_id OFFSET 0
) fa
WHERE fa.redacted_at IS NOT NULL OR EXISTS (
    SELECT FROM tracking.taken_recordings tr WHERE tr.account_id = f.account_id AND tr.activity_id = f.activity_id
)
GROUP BY f.account_id, f.activity_id
ORDER BY f.account_id, f.activity_id
ON CONFLICT (account_id, activity_id) DO UPDATE SET settled = s.settled + excluded.settled
