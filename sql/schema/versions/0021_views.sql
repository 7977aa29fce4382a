-- name: 0021_views()
-- Views of the reports for BI tools and notebooks, with stable names and a comment on every column. The analyst reads them:
-- the names of accounts and agencies, counts and retained fields. What is not known is NULL, never 0. What looks like a
-- number or an e-mail address in a retained text is hidden.

-- accounts
CREATE VIEW reporting.accounts AS
SELECT a.agency_id,
       g.name AS agency,
       a.id AS account_id,
       a.name AS account,
       a.timezone AS time_zone,
       (SELECT min(h.day) FROM reporting.activity_by_hour h WHERE h.account_id = a.id) AS first_day,
       (SELECT max(h.day) FROM reporting.activity_by_hour h WHERE h.account_id = a.id) AS last_day,
       (SELECT count(*) FROM reporting.stale_days s WHERE s.account_id = a.id) AS days_to_count
FROM tracking.accounts a
JOIN tracking.agencies g ON g.id = a.agency_id
WHERE a.whereabouts IN ('here', 'leaving');
COMMENT ON VIEW reporting.accounts IS
    'The accounts that the reports are of.';
COMMENT ON COLUMN reporting.accounts.agency_id IS
    'Id of the agency of the account.';
COMMENT ON COLUMN reporting.accounts.agency IS
    'Name of the agency.';
COMMENT ON COLUMN reporting.accounts.account_id IS
    'Id of the account.';
COMMENT ON COLUMN reporting.accounts.account IS
    'Name of the account.';
COMMENT ON COLUMN reporting.accounts.time_zone IS
    'Time zone (IANA) by which the days and hours of the account are counted.';
COMMENT ON COLUMN reporting.accounts.first_day IS
    'Local day of the oldest activity that is counted. Null: there is none.';
COMMENT ON COLUMN reporting.accounts.last_day IS
    'Local day of the latest activity that is counted. Null: there is none.';
COMMENT ON COLUMN reporting.accounts.days_to_count IS
    'Local days whose activities have changed since they were last counted: `redaction reports` counts them anew.';

-- by_day
CREATE VIEW reporting.by_day AS
SELECT a.agency_id,
       g.name AS agency,
       a.id AS account_id,
       a.name AS account,
       r.day,
       r.activities,
       r.redacted,
       r.activities - r.redacted AS personal
FROM (SELECT account_id, day, sum(activities)::bigint AS activities, sum(redacted)::bigint AS redacted
      FROM reporting.activity_by_hour GROUP BY account_id, day) r
JOIN tracking.accounts a ON a.id = r.account_id AND a.whereabouts IN ('here', 'leaving')
JOIN tracking.agencies g ON g.id = a.agency_id;
COMMENT ON VIEW reporting.by_day IS
    'Activities by local day.';
COMMENT ON COLUMN reporting.by_day.agency_id IS
    'Id of the agency of the account.';
COMMENT ON COLUMN reporting.by_day.agency IS
    'Name of the agency.';
COMMENT ON COLUMN reporting.by_day.account_id IS
    'Id of the account.';
COMMENT ON COLUMN reporting.by_day.account IS
    'Name of the account.';
COMMENT ON COLUMN reporting.by_day.day IS
    'Local day of the account, by its time zone.';
COMMENT ON COLUMN reporting.by_day.activities IS
    'Activities (calls, texts, chats, forms), redacted ones among them.';
COMMENT ON COLUMN reporting.by_day.redacted IS
    'How many of these activities are redacted.';
COMMENT ON COLUMN reporting.by_day.personal IS
    'How many of these activities still hold personal data: activities less redacted.';

-- by_source
CREATE VIEW reporting.by_source AS
SELECT a.agency_id,
       g.name AS agency,
       a.id AS account_id,
       a.name AS account,
       r.day,
       r.source_id,
       regexp_replace(r.source, '[^\s@]+@[^\s@]+|\+?\(?\d(?:[^\dA-Za-z]{0,3}\d){6,}', '[hidden]', 'g') AS source,
       r.activities,
       r.redacted,
       r.activities - r.redacted AS personal
FROM reporting.activity_by_source r
JOIN tracking.accounts a ON a.id = r.account_id AND a.whereabouts IN ('here', 'leaving')
JOIN tracking.agencies g ON g.id = a.agency_id;
COMMENT ON VIEW reporting.by_source IS
    'Activities by local day and tracking source.';
COMMENT ON COLUMN reporting.by_source.agency_id IS
    'Id of the agency of the account.';
COMMENT ON COLUMN reporting.by_source.agency IS
    'Name of the agency.';
COMMENT ON COLUMN reporting.by_source.account_id IS
    'Id of the account.';
COMMENT ON COLUMN reporting.by_source.account IS
    'Name of the account.';
COMMENT ON COLUMN reporting.by_source.day IS
    'Local day of the account, by its time zone.';
COMMENT ON COLUMN reporting.by_source.source_id IS
    'Id of the tracking source. Null: it has none.';
COMMENT ON COLUMN reporting.by_source.source IS
    'Name of the tracking source, as it was at the time. Null: the activity has none.';
COMMENT ON COLUMN reporting.by_source.activities IS
    'Activities (calls, texts, chats, forms), redacted ones among them.';
COMMENT ON COLUMN reporting.by_source.redacted IS
    'How many of these activities are redacted.';
COMMENT ON COLUMN reporting.by_source.personal IS
    'How many of these activities still hold personal data: activities less redacted.';

-- by_number
CREATE VIEW reporting.by_number AS
SELECT a.agency_id,
       g.name AS agency,
       a.id AS account_id,
       a.name AS account,
       r.day,
       r.tracking_number,
       regexp_replace(r.tracking_label, '[^\s@]+@[^\s@]+|\+?\(?\d(?:[^\dA-Za-z]{0,3}\d){6,}', '[hidden]', 'g') AS tracking_label,
       r.activities,
       r.redacted,
       r.activities - r.redacted AS personal
FROM reporting.activity_by_number r
JOIN tracking.accounts a ON a.id = r.account_id AND a.whereabouts IN ('here', 'leaving')
JOIN tracking.agencies g ON g.id = a.agency_id;
COMMENT ON VIEW reporting.by_number IS
    'Activities by local day and tracking number.';
COMMENT ON COLUMN reporting.by_number.agency_id IS
    'Id of the agency of the account.';
COMMENT ON COLUMN reporting.by_number.agency IS
    'Name of the agency.';
COMMENT ON COLUMN reporting.by_number.account_id IS
    'Id of the account.';
COMMENT ON COLUMN reporting.by_number.account IS
    'Name of the account.';
COMMENT ON COLUMN reporting.by_number.day IS
    'Local day of the account, by its time zone.';
COMMENT ON COLUMN reporting.by_number.tracking_number IS
    'Tracking number of the account that was called, E.164. Null: the activity has none.';
COMMENT ON COLUMN reporting.by_number.tracking_label IS
    'Label of the tracking number, as it was at the time. Null: it has none.';
COMMENT ON COLUMN reporting.by_number.activities IS
    'Activities (calls, texts, chats, forms), redacted ones among them.';
COMMENT ON COLUMN reporting.by_number.redacted IS
    'How many of these activities are redacted.';
COMMENT ON COLUMN reporting.by_number.personal IS
    'How many of these activities still hold personal data: activities less redacted.';

-- by_status
CREATE VIEW reporting.by_status AS
SELECT a.agency_id,
       g.name AS agency,
       a.id AS account_id,
       a.name AS account,
       r.day,
       r.kind,
       regexp_replace(r.status, '[^\s@]+@[^\s@]+|\+?\(?\d(?:[^\dA-Za-z]{0,3}\d){6,}', '[hidden]', 'g') AS status,
       r.activities,
       r.redacted,
       r.activities - r.redacted AS personal
FROM reporting.activity_by_status r
JOIN tracking.accounts a ON a.id = r.account_id AND a.whereabouts IN ('here', 'leaving')
JOIN tracking.agencies g ON g.id = a.agency_id;
COMMENT ON VIEW reporting.by_status IS
    'Activities by local day, kind and status.';
COMMENT ON COLUMN reporting.by_status.agency_id IS
    'Id of the agency of the account.';
COMMENT ON COLUMN reporting.by_status.agency IS
    'Name of the agency.';
COMMENT ON COLUMN reporting.by_status.account_id IS
    'Id of the account.';
COMMENT ON COLUMN reporting.by_status.account IS
    'Name of the account.';
COMMENT ON COLUMN reporting.by_status.day IS
    'Local day of the account, by its time zone.';
COMMENT ON COLUMN reporting.by_status.kind IS
    'call, text, chat or form.';
COMMENT ON COLUMN reporting.by_status.status IS
    'Status of the activity, such as answered. Null: it has none.';
COMMENT ON COLUMN reporting.by_status.activities IS
    'Activities (calls, texts, chats, forms), redacted ones among them.';
COMMENT ON COLUMN reporting.by_status.redacted IS
    'How many of these activities are redacted.';
COMMENT ON COLUMN reporting.by_status.personal IS
    'How many of these activities still hold personal data: activities less redacted.';

-- by_hour
CREATE VIEW reporting.by_hour AS
SELECT a.agency_id,
       g.name AS agency,
       a.id AS account_id,
       a.name AS account,
       r.day,
       extract(isodow FROM r.day)::smallint AS weekday,
       r.hour,
       r.activities,
       r.redacted,
       r.activities - r.redacted AS personal
FROM reporting.activity_by_hour r
JOIN tracking.accounts a ON a.id = r.account_id AND a.whereabouts IN ('here', 'leaving')
JOIN tracking.agencies g ON g.id = a.agency_id;
COMMENT ON VIEW reporting.by_hour IS
    'Activities by local day and hour.';
COMMENT ON COLUMN reporting.by_hour.agency_id IS
    'Id of the agency of the account.';
COMMENT ON COLUMN reporting.by_hour.agency IS
    'Name of the agency.';
COMMENT ON COLUMN reporting.by_hour.account_id IS
    'Id of the account.';
COMMENT ON COLUMN reporting.by_hour.account IS
    'Name of the account.';
COMMENT ON COLUMN reporting.by_hour.day IS
    'Local day of the account, by its time zone.';
COMMENT ON COLUMN reporting.by_hour.weekday IS
    'Day of the week of that day: 1 Monday to 7 Sunday.';
COMMENT ON COLUMN reporting.by_hour.hour IS
    'Local hour in which the activity began: 0 to 23.';
COMMENT ON COLUMN reporting.by_hour.activities IS
    'Activities (calls, texts, chats, forms), redacted ones among them.';
COMMENT ON COLUMN reporting.by_hour.redacted IS
    'How many of these activities are redacted.';
COMMENT ON COLUMN reporting.by_hour.personal IS
    'How many of these activities still hold personal data: activities less redacted.';

-- by_call_flow
CREATE VIEW reporting.by_call_flow AS
SELECT a.agency_id,
       g.name AS agency,
       a.id AS account_id,
       a.name AS account,
       r.day,
       regexp_replace(r.route_name, '[^\s@]+@[^\s@]+|\+?\(?\d(?:[^\dA-Za-z]{0,3}\d){6,}', '[hidden]', 'g') AS route_name,
       r.route_type,
       r.activities,
       r.redacted,
       r.activities - r.redacted AS personal
FROM reporting.call_flow r
JOIN tracking.accounts a ON a.id = r.account_id AND a.whereabouts IN ('here', 'leaving')
JOIN tracking.agencies g ON g.id = a.agency_id;
COMMENT ON VIEW reporting.by_call_flow IS
    'Activities by local day and route. An activity counts once for each route that it took: the rows of a day add '
    'up to more than its activities.';
COMMENT ON COLUMN reporting.by_call_flow.agency_id IS
    'Id of the agency of the account.';
COMMENT ON COLUMN reporting.by_call_flow.agency IS
    'Name of the agency.';
COMMENT ON COLUMN reporting.by_call_flow.account_id IS
    'Id of the account.';
COMMENT ON COLUMN reporting.by_call_flow.account IS
    'Name of the account.';
COMMENT ON COLUMN reporting.by_call_flow.day IS
    'Local day of the account, by its time zone.';
COMMENT ON COLUMN reporting.by_call_flow.route_name IS
    'Name of the route, such as a queue. Null: the activity took none.';
COMMENT ON COLUMN reporting.by_call_flow.route_type IS
    'Type of the route, such as queue or menu.';
COMMENT ON COLUMN reporting.by_call_flow.activities IS
    'Activities (calls, texts, chats, forms), redacted ones among them.';
COMMENT ON COLUMN reporting.by_call_flow.redacted IS
    'How many of these activities are redacted.';
COMMENT ON COLUMN reporting.by_call_flow.personal IS
    'How many of these activities still hold personal data: activities less redacted.';

-- sessions_by_day
CREATE VIEW reporting.sessions_by_day AS
SELECT a.agency_id,
       g.name AS agency,
       a.id AS account_id,
       a.name AS account,
       r.day,
       CASE WHEN r.activities > 0 OR r.missing = 0 THEN r.sessions END AS sessions,
       CASE WHEN r.activities > 0 OR r.missing = 0 THEN r.activities END AS activities,
       r.missing
FROM reporting.sessions r
JOIN tracking.accounts a ON a.id = r.account_id AND a.whereabouts IN ('here', 'leaving')
JOIN tracking.agencies g ON g.id = a.agency_id;
COMMENT ON VIEW reporting.sessions_by_day IS
    'Sessions of visitors by local day. Redacted activities are in none: a session is known by visitor data.';
COMMENT ON COLUMN reporting.sessions_by_day.agency_id IS
    'Id of the agency of the account.';
COMMENT ON COLUMN reporting.sessions_by_day.agency IS
    'Name of the agency.';
COMMENT ON COLUMN reporting.sessions_by_day.account_id IS
    'Id of the account.';
COMMENT ON COLUMN reporting.sessions_by_day.account IS
    'Name of the account.';
COMMENT ON COLUMN reporting.sessions_by_day.day IS
    'Local day of the account, by its time zone.';
COMMENT ON COLUMN reporting.sessions_by_day.sessions IS
    'Sessions of visitors that are still known. Null: not known, as all that could be counted here is redacted.';
COMMENT ON COLUMN reporting.sessions_by_day.activities IS
    'Activities of these sessions. Null: not known, as all that could be counted here is redacted.';
COMMENT ON COLUMN reporting.sessions_by_day.missing IS
    'Redacted activities of this day, which are not counted here: a redaction removes what this report counts by.';

-- tags_by_day
CREATE VIEW reporting.tags_by_day AS
SELECT a.agency_id,
       g.name AS agency,
       a.id AS account_id,
       a.name AS account,
       r.day,
       r.tags,
       r.untagged,
       r.missing
FROM (
    SELECT t.account_id, t.day,
           CASE WHEN sum(t.activities) > 0 OR sum(t.missing) = 0
                THEN coalesce(sum(t.activities) FILTER (WHERE t.tag IS NOT NULL), 0)::bigint END AS tags,
           CASE WHEN sum(t.activities) > 0 OR sum(t.missing) = 0
                THEN coalesce(sum(t.activities) FILTER (WHERE t.tag IS NULL), 0)::bigint END AS untagged,
           sum(t.missing)::bigint AS missing
    FROM reporting.tags t GROUP BY t.account_id, t.day
) r
JOIN tracking.accounts a ON a.id = r.account_id AND a.whereabouts IN ('here', 'leaving')
JOIN tracking.agencies g ON g.id = a.agency_id;
COMMENT ON VIEW reporting.tags_by_day IS
    'How many activities have tags, by local day, without the tags, which are personal. Redacted activities have '
    'none.';
COMMENT ON COLUMN reporting.tags_by_day.agency_id IS
    'Id of the agency of the account.';
COMMENT ON COLUMN reporting.tags_by_day.agency IS
    'Name of the agency.';
COMMENT ON COLUMN reporting.tags_by_day.account_id IS
    'Id of the account.';
COMMENT ON COLUMN reporting.tags_by_day.account IS
    'Name of the account.';
COMMENT ON COLUMN reporting.tags_by_day.day IS
    'Local day of the account, by its time zone.';
COMMENT ON COLUMN reporting.tags_by_day.tags IS
    'Tags of the day, each activity counting once for each of its tags. Null: not known, as all that could be '
    'counted here is redacted.';
COMMENT ON COLUMN reporting.tags_by_day.untagged IS
    'Activities that have no tag. Null: not known, as all that could be counted here is redacted.';
COMMENT ON COLUMN reporting.tags_by_day.missing IS
    'Redacted activities of this day, which are not counted here: a redaction removes what this report counts by.';

-- contacts_by_day
CREATE VIEW reporting.contacts_by_day AS
SELECT a.agency_id,
       g.name AS agency,
       a.id AS account_id,
       a.name AS account,
       r.day,
       CASE WHEN r.unique_contacts > 0 OR r.missing = 0 THEN r.unique_contacts END AS unique_contacts,
       CASE WHEN r.unique_contacts > 0 OR r.missing = 0 THEN r.new_contacts END AS new_contacts,
       CASE WHEN r.unique_contacts > 0 OR r.missing = 0 THEN r.returning_contacts END AS returning_contacts,
       r.missing
FROM reporting.contacts r
JOIN tracking.accounts a ON a.id = r.account_id AND a.whereabouts IN ('here', 'leaving')
JOIN tracking.agencies g ON g.id = a.agency_id;
COMMENT ON VIEW reporting.contacts_by_day IS
    'Unique, new and returning contacts by local day. Redacted activities have none: a contact is known by number '
    'or address.';
COMMENT ON COLUMN reporting.contacts_by_day.agency_id IS
    'Id of the agency of the account.';
COMMENT ON COLUMN reporting.contacts_by_day.agency IS
    'Name of the agency.';
COMMENT ON COLUMN reporting.contacts_by_day.account_id IS
    'Id of the account.';
COMMENT ON COLUMN reporting.contacts_by_day.account IS
    'Name of the account.';
COMMENT ON COLUMN reporting.contacts_by_day.day IS
    'Local day of the account, by its time zone.';
COMMENT ON COLUMN reporting.contacts_by_day.unique_contacts IS
    'People who called, wrote or filled in a form that day and are still known. Null: not known, as all that could '
    'be counted here is redacted.';
COMMENT ON COLUMN reporting.contacts_by_day.new_contacts IS
    'How many of them had no earlier activity that is still known. Null: not known, as all that could be counted '
    'here is redacted.';
COMMENT ON COLUMN reporting.contacts_by_day.returning_contacts IS
    'How many of them had one: unique contacts less new ones. Null: not known, as all that could be counted here is'
    ' redacted.';
COMMENT ON COLUMN reporting.contacts_by_day.missing IS
    'Redacted activities of this day, which are not counted here: a redaction removes what this report counts by.';

GRANT SELECT ON
    reporting.accounts, reporting.by_day, reporting.by_source, reporting.by_number, reporting.by_status, reporting.by_hour,
    reporting.by_call_flow, reporting.sessions_by_day, reporting.tags_by_day, reporting.contacts_by_day
    TO redaction_analyst, redaction_worker;
