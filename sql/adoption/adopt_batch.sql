-- name: adopt_batch(most, width)
-- Moves the next rows of the old table into the new one, in one statement; returns their number, and their digests
-- before and after.
SELECT moved, digest_before, digest_after FROM redaction.adopt_batch(:most, :width)
