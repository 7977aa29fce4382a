-- Whether the job of a type that runs on a host has reported itself to Airflow's database lately.
SELECT EXISTS (
  SELECT FROM job
  WHERE job_type = %(type)s AND state = 'running' AND hostname = %(host)s
    AND latest_heartbeat > now() - make_interval(secs => %(seconds)s)
)
