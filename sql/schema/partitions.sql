-- name: partitions()
-- One partition a week (Monday, UTC). A week whose rows fell into the default partition before it was made stays
-- there: nothing falls on the floor, and nothing is moved behind the back of a running strip.
CREATE FUNCTION tracking.ensure_partition(at timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    week_start timestamptz := date_trunc('week', at, 'UTC');
    week_end timestamptz := date_trunc('week', at, 'UTC') + interval '7 days';
    partition_name text := 'activities_' || to_char(week_start AT TIME ZONE 'UTC', 'YYYYMMDD');
BEGIN
    IF at < timestamptz '2000-01-01 00:00:00+00' OR at > now() + interval '2 years' THEN
        RETURN false;
    END IF;
    IF to_regclass('tracking.' || partition_name) IS NOT NULL THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('tracking.ensure_partition'));
    IF to_regclass('tracking.' || partition_name) IS NOT NULL THEN
        RETURN false;
    END IF;
    IF EXISTS (
        SELECT FROM tracking.activities_elsewhen WHERE called_at >= week_start AND called_at < week_end
    ) THEN
        RETURN false;
    END IF;
    BEGIN
        EXECUTE format(
            'CREATE TABLE tracking.%I PARTITION OF tracking.activities FOR VALUES FROM (%L) TO (%L)',
            partition_name, week_start, week_end
        );
    EXCEPTION WHEN duplicate_table THEN
        -- Made by another loader while this one waited for the lock, and not yet in the cache that was asked above.
        RETURN false;
    END;
    RETURN true;
END
$body$;
REVOKE ALL ON FUNCTION tracking.ensure_partition(timestamptz) FROM PUBLIC;
