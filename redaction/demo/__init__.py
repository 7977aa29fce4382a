"""Sample data, and a real Airflow on one machine. Production never imports it."""
