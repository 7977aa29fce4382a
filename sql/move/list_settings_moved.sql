-- name: list_settings_moved(account_id)
-- Returns everything of an account except its activities, as one JSON document; no personal value is in it.
SELECT jsonb_build_object(
    'account_users', (SELECT coalesce(jsonb_agg(to_jsonb(t)), '[]') FROM tracking.account_users t
                      WHERE t.account_id = :account_id),
    'call_settings', (SELECT coalesce(jsonb_agg(to_jsonb(t)), '[]') FROM tracking.call_settings t
                      WHERE t.account_id = :account_id),
    'notification_rules', (SELECT coalesce(jsonb_agg(to_jsonb(t) - 'id'), '[]') FROM tracking.notification_rules t
                           WHERE t.account_id = :account_id),
    'integrations', (SELECT coalesce(jsonb_agg(to_jsonb(t) - 'id'), '[]') FROM tracking.integrations t
                     WHERE t.account_id = :account_id),
    'text_decisions', (SELECT coalesce(jsonb_agg(to_jsonb(t)), '[]') FROM redaction.text_decisions t
                       WHERE t.account_id = :account_id),
    'text_keys', (SELECT coalesce(jsonb_agg(to_jsonb(t)), '[]') FROM redaction.text_keys t
                  WHERE t.account_id = :account_id),
    'common_names', (SELECT coalesce(jsonb_agg(to_jsonb(t)), '[]') FROM redaction.common_names t
                     WHERE t.account_id = :account_id),
    'stores', (SELECT coalesce(jsonb_agg(to_jsonb(t) - 'id'), '[]') FROM redaction.stores t
               WHERE t.account_id = :account_id),
    'watermark', (SELECT t.complete_before FROM redaction.watermarks t WHERE t.account_id = :account_id),
    'forgotten', (SELECT coalesce(jsonb_agg(t.activity_id), '[]') FROM redaction.forgotten t
                  WHERE t.account_id = :account_id),
    'recordings_before', (SELECT t.recordings_before FROM redaction.forgotten_before t WHERE t.account_id = :account_id),
    'forgotten_before', (SELECT t.before FROM redaction.forgotten_before t WHERE t.account_id = :account_id)
) AS settings
