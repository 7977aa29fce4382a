-- name: digest_text(account_id, text)
-- Returns the digest under which a decision on a text of an account is stored.
SELECT redaction.digest_text(CAST(:text AS text), redaction.text_key(:account_id)) AS digest
