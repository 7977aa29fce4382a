-- name: adopt_batch(most, width)
-- Brings over the next rows of the old table, in one statement; returns how many, and their digests before and after.
SELECT moved, digest_before, digest_after FROM redaction.adopt_batch(:most, :width)
