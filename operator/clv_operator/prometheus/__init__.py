"""The only talker to the APIs of Prometheus and Alertmanager."""
