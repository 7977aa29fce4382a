-- name: record_view(account_id, viewed_by, page, activities)
-- Records that a person was shown personal data of some activities of an account.
INSERT INTO redaction.view_log (account_id, viewed_by, page, activities)
VALUES (:account_id, :viewed_by, :page, :activities)
