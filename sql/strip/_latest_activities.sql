-- The latest activities of an account that are not redacted and have a contact: the sample of its words.
FROM tracking.activities a
WHERE a.account_id = account AND a.redacted_at IS NULL AND a.contact_key IS NOT NULL
ORDER BY a.called_at DESC LIMIT {{ alphabet().latest }}
