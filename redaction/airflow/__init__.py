"""What Airflow loads of this package: the plugin, the provider, the bundle of our DAGs."""
