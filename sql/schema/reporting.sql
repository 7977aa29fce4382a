-- name: reporting()
-- What analysts read: one row an account, local day of the account and dimension. `activities` counts redacted ones
-- too, `redacted` how many of them are; the last three count none of them and say in `missing` how many they leave out.
-- A NULL dimension is a group of its own and stays NULL.
CREATE SCHEMA reporting;

CREATE TABLE reporting.activity_by_source (
    account_id bigint NOT NULL, day date NOT NULL, source_id bigint, source text,
    activities bigint NOT NULL, redacted bigint NOT NULL
);
CREATE TABLE reporting.activity_by_number (
    account_id bigint NOT NULL, day date NOT NULL, tracking_number text, tracking_label text,
    activities bigint NOT NULL, redacted bigint NOT NULL
);
CREATE TABLE reporting.activity_by_status (
    account_id bigint NOT NULL, day date NOT NULL, kind text NOT NULL, status text,
    activities bigint NOT NULL, redacted bigint NOT NULL
);
CREATE TABLE reporting.activity_by_hour (
    account_id bigint NOT NULL, day date NOT NULL, hour smallint NOT NULL,
    activities bigint NOT NULL, redacted bigint NOT NULL
);
-- An activity counts once for each route that it took on its way, however often it came by.
CREATE TABLE reporting.call_flow (
    account_id bigint NOT NULL, day date NOT NULL, route_name text, route_type text,
    activities bigint NOT NULL, redacted bigint NOT NULL
);
-- A session is a visitor_sid; `activities` are those with visitor data.
CREATE TABLE reporting.sessions (
    account_id bigint NOT NULL, day date NOT NULL,
    sessions bigint NOT NULL, activities bigint NOT NULL, missing bigint NOT NULL
);
-- One row a tag; the row with the tag NULL counts the activities that have none, and alone carries `missing`.
CREATE TABLE reporting.tags (
    account_id bigint NOT NULL, day date NOT NULL, tag text,
    activities bigint NOT NULL, missing bigint NOT NULL
);
-- A contact is new on the local day of its first activity that is not redacted, returning on any later one.
CREATE TABLE reporting.contacts (
    account_id bigint NOT NULL, day date NOT NULL,
    unique_contacts bigint NOT NULL, new_contacts bigint NOT NULL, returning_contacts bigint NOT NULL,
    missing bigint NOT NULL
);
CREATE INDEX activity_by_source_day ON reporting.activity_by_source (account_id, day);
CREATE INDEX activity_by_number_day ON reporting.activity_by_number (account_id, day);
CREATE INDEX activity_by_status_day ON reporting.activity_by_status (account_id, day);
CREATE INDEX activity_by_hour_day ON reporting.activity_by_hour (account_id, day);
CREATE INDEX call_flow_day ON reporting.call_flow (account_id, day);
CREATE INDEX sessions_day ON reporting.sessions (account_id, day);
CREATE INDEX tags_day ON reporting.tags (account_id, day);
CREATE INDEX contacts_day ON reporting.contacts (account_id, day);

-- Days whose activities changed since the reports last counted them.
CREATE TABLE reporting.stale_days (
    account_id bigint NOT NULL, day date NOT NULL,
    PRIMARY KEY (account_id, day)
);
