"""The processes around the DAGs: Airflow itself, and the demo."""
