"""Where generated rules go: PrometheusRule, ConfigMap, or a file and a reload."""
