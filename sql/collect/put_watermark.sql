-- name: put_watermark(account_id, since, complete_before)
-- Records that the days from `since` to before `complete_before` were fetched. A watermark only goes forward, and only
-- if no day between it and `since` was left out.
INSERT INTO redaction.watermarks AS w (account_id, complete_before) VALUES (:account_id, :complete_before)
ON CONFLICT (account_id) DO UPDATE
SET collected_at = clock_timestamp(),
    complete_before = CASE
        WHEN w.complete_before >= :since THEN greatest(w.complete_before, excluded.complete_before) ELSE w.complete_before
    END
