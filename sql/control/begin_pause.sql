-- name: begin_pause(account_id, reason, paused_by)
-- Pauses an account (NULL: all); an account that is paused already stays so.
INSERT INTO redaction.pauses (account_id, reason, paused_by) VALUES (:account_id, :reason, :paused_by)
ON CONFLICT (account_id) DO NOTHING
