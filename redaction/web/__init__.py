"""The pages in Airflow: overview, settings, logs with the red flag, reports, evidence."""
