"""From the settings file to endpoints."""

from __future__ import annotations

from clv_operator.prometheus.endpoint import Endpoint
from clv_operator.settings import AlertmanagerSettings, PrometheusSettings


def endpoint_of(settings: PrometheusSettings | AlertmanagerSettings, *, url: str | None = None) -> Endpoint:
    """Where and how to ask. url: instead of the one in the settings, with the same credentials."""
    return Endpoint(
        url=settings.url if url is None else url,
        headers=settings.headers,
        token_file=settings.bearer_token_file,
        username=settings.basic.username if settings.basic is not None else "",
        password_file=settings.basic.password_file if settings.basic is not None else None,
        ca_file=settings.tls.ca_file,
        cert_file=settings.tls.cert_file,
        key_file=settings.tls.key_file,
        server_name=settings.tls.server_name,
        skip_verify=settings.tls.insecure_skip_verify,
        connect_timeout_seconds=min(3.0, settings.timeout.total_seconds()),
        read_timeout_seconds=settings.timeout.total_seconds(),
        threads=settings.threads if isinstance(settings, PrometheusSettings) else 1,
    )
