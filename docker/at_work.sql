-- Whether a part of Airflow has reported itself to its database lately, or a task that it runs.
SELECT EXISTS (
  SELECT FROM job WHERE state = 'running' AND latest_heartbeat > now() - make_interval(secs => %(seconds)s)
) OR EXISTS (
  SELECT FROM task_instance
  WHERE state = 'running' AND last_heartbeat_at > now() - make_interval(secs => %(seconds)s)
)
