-- name: control()
-- The gate of every strip: each strip enters it in its own transaction. The database decides between a strip and a hold
-- or pause at the same time: both take the same lock, so either the strip commits first, or it sees the hold or pause.
-- A run that waits for approval strips nothing before it, and a refused, abandoned or succeeded run strips nothing.
CREATE OR REPLACE FUNCTION redaction.enter_strip(account bigint, run bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('redaction.strip'), hashtext(account::text));
    PERFORM redaction.check_strip(account, run);
END
$body$;

-- The checks of the gate without its lock, for the preparation of a strip.
CREATE OR REPLACE FUNCTION redaction.check_strip(account bigint, run bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    IF EXISTS (SELECT FROM redaction.pauses p WHERE p.account_id = account OR p.account_id IS NULL) THEN
        RAISE SQLSTATE 'RD001' USING MESSAGE = 'redaction is paused';
    END IF;
    IF EXISTS (SELECT FROM redaction.approvals q WHERE q.run_id = run AND q.approved IS NOT TRUE) THEN
        RAISE SQLSTATE 'RD002' USING MESSAGE = 'the run waits for a person';
    END IF;
    IF EXISTS (
        SELECT FROM redaction.runs r JOIN tracking.accounts a ON a.id = r.account_id
        WHERE r.id = run AND r.kind = 'closing' AND a.closing_since IS NULL
    ) THEN
        RAISE SQLSTATE 'RD002' USING MESSAGE = 'nobody has approved that the account is closed';
    END IF;
    IF EXISTS (
        SELECT FROM redaction.runs r WHERE r.id = run
          AND (r.account_id <> account OR r.state NOT IN ('selected', 'stripped', 'erased', 'validated', 'failed'))
    ) THEN
        RAISE SQLSTATE 'RD006' USING MESSAGE = 'the run is not one of this account that may strip';
    END IF;
    IF redaction.is_of_ended_request(run) THEN
        RAISE SQLSTATE 'RD006' USING MESSAGE = 'the request of the run has ended';
    END IF;
END
$body$;

-- Says whether a run is of a request that has ended. Requests lie at the first placement: at others the program asks.
-- A replay after a restore redoes what a request has redacted, whatever became of it.
CREATE OR REPLACE FUNCTION redaction.is_of_ended_request(run bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $body$
    SELECT EXISTS (
        SELECT FROM redaction.runs r
        JOIN redaction.requests q ON q.id = CAST(substring(r.run_key FROM '^request_([0-9]{1,18})/') AS bigint)
        WHERE r.id = run AND r.kind = 'manual' AND q.closed_at IS NOT NULL
    )
$body$;

-- Waits for the strips of an account (NULL: of all accounts) that are about to commit, and blocks new ones until the
-- end of this transaction.
CREATE OR REPLACE FUNCTION redaction.stop_strips(account bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('redaction.strip'), hashtext(s.account::text))
    FROM (
        SELECT a.id AS account FROM tracking.accounts a
        WHERE stop_strips.account IS NULL OR a.id = stop_strips.account ORDER BY a.id OFFSET 0
    ) s;
END
$body$;

-- The sum of two objects of counts, key by key.
CREATE OR REPLACE FUNCTION redaction.add_counts(one jsonb, other jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
    SELECT coalesce(jsonb_object_agg(c.key, c.count), '{}')
    FROM (
        SELECT e.key, sum(e.value::bigint) AS count
        FROM (SELECT * FROM jsonb_each_text(one) UNION ALL SELECT * FROM jsonb_each_text(other)) e
        GROUP BY e.key
    ) c
$body$;
REVOKE ALL ON FUNCTION redaction.enter_strip(bigint, bigint), redaction.check_strip(bigint, bigint), redaction.stop_strips(bigint),
    redaction.is_of_ended_request(bigint), redaction.add_counts(jsonb, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.enter_strip(bigint, bigint), redaction.check_strip(bigint, bigint), redaction.stop_strips(bigint),
    redaction.is_of_ended_request(bigint), redaction.add_counts(jsonb, jsonb) TO redaction_worker;

-- An answer is that of an administrator of the account who can be the second person for its requester; it is given
-- once.
CREATE OR REPLACE FUNCTION redaction.check_approver() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    asked record;
    refused text;
BEGIN
    {% with tables = ["redaction.approvals"], operations = ["INSERT", "UPDATE"], timing = "BEFORE", level = "ROW" %}{% include "database/_fired_on.sql" %}{% endwith %}

    IF TG_OP = 'UPDATE' AND (
        OLD.approved IS NOT NULL OR (OLD.run_id, OLD.explained, OLD.asked_at) <> (NEW.run_id, NEW.explained, NEW.asked_at)
    ) THEN
        RAISE SQLSTATE 'RD013' USING MESSAGE = 'an answer is given once, to the run that asked';
    END IF;
    IF NEW.decided_by IS NULL THEN
        RETURN NEW;
    END IF;
    SELECT r.account_id, r.requested_by, r.state INTO asked FROM redaction.runs r WHERE r.id = NEW.run_id;
    IF asked.state NOT IN ('selected', 'failed') THEN
        RAISE SQLSTATE 'RD012' USING MESSAGE = 'the run has ended';
    END IF;
    IF NEW.approved AND redaction.is_of_ended_request(NEW.run_id) THEN
        RAISE SQLSTATE 'RD006' USING MESSAGE = 'the request of the run has ended';
    END IF;
    refused := redaction.refuse_second(asked.account_id, NULL, NEW.decided_by, asked.requested_by);
    IF refused IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = refused, MESSAGE = 'they cannot be the second person for this run';
    END IF;
    RETURN NEW;
END
$body$;
CREATE OR REPLACE TRIGGER check_approver BEFORE INSERT OR UPDATE ON redaction.approvals
    FOR EACH ROW EXECUTE FUNCTION redaction.check_approver();

-- Requester, reason, purpose, policy and cutoff of a run never change: it would be another run. A run that was refused
-- or abandoned, or found nothing due, stays so. A replay takes over the record of a run that it redoes.
CREATE OR REPLACE FUNCTION redaction.keep_run() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    {% with tables = ["redaction.runs"], operations = ["UPDATE"], timing = "BEFORE", level = "ROW" %}{% include "database/_fired_on.sql" %}{% endwith %}

    IF OLD.state IN ('refused', 'abandoned', 'nothing_due') AND NEW.state <> OLD.state THEN
        RAISE SQLSTATE 'RD006' USING MESSAGE = 'the run has ended';
    END IF;
    RAISE SQLSTATE 'RD006' USING MESSAGE = 'what a run goes by does not change';
END
$body$;
CREATE OR REPLACE TRIGGER keep_run BEFORE UPDATE ON redaction.runs
    FOR EACH ROW WHEN (
        (OLD.id, OLD.account_id, OLD.cutoff) <> (NEW.id, NEW.account_id, NEW.cutoff)
        OR (OLD.kind <> NEW.kind AND NEW.kind <> 'replay')
        OR (OLD.run_key, OLD.requested_by, OLD.request, OLD.reason, OLD.trigger, OLD.started_at) IS DISTINCT FROM
           (NEW.run_key, NEW.requested_by, NEW.request, NEW.reason, NEW.trigger, NEW.started_at)
        OR (OLD.policy, OLD.policy_period, OLD.policy_mode, OLD.policy_timezone, OLD.policy_since) IS DISTINCT FROM
           (NEW.policy, NEW.policy_period, NEW.policy_mode, NEW.policy_timezone, NEW.policy_since)
        OR OLD.recordings_cutoff <> NEW.recordings_cutoff
        OR (OLD.state IN ('refused', 'abandoned', 'nothing_due') AND NEW.state <> OLD.state)
    ) EXECUTE FUNCTION redaction.keep_run();

{% set records = [
    "redaction.runs", "redaction.run_batches", "redaction.run_days", "redaction.run_findings", "redaction.run_reports",
    "redaction.run_partitions", "redaction.approvals",
] %}
-- Nobody can delete the record of a run: neither its row, which has its key, nor its set, its answer, its days and
-- findings.
CREATE OR REPLACE FUNCTION redaction.keep_record() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    {% with tables = records, operations = ["DELETE", "TRUNCATE"], timing = "BEFORE", level = "STATEMENT" %}{% include "database/_fired_on.sql" %}{% endwith %}

    RAISE SQLSTATE 'RD015' USING MESSAGE = 'the record of a run stays';
END
$body$;
{% for table in records %}
CREATE OR REPLACE TRIGGER keep_record BEFORE DELETE OR TRUNCATE ON {{ table }}
    FOR EACH STATEMENT EXECUTE FUNCTION redaction.keep_record();
{% endfor %}
REVOKE ALL ON FUNCTION redaction.check_approver(), redaction.keep_run(), redaction.keep_record() FROM PUBLIC;
