"""What Airflow itself looks for: the plugin, the provider, the bundle of our DAGs."""
