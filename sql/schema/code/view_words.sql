-- name: view_words()
-- Comments on views of `reporting` whose words were mended after the version that makes the view was released.
COMMENT ON COLUMN reporting.accounts.days_to_count IS
    'Local days whose activities have changed since they were last counted: `redaction reports` counts them again.';
