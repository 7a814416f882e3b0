"""From a channel's name to a delivered message: the policy says which kind, its Secrets are read when used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from clv_operator.api.escalationpolicy import Channel, PolicySnapshot
from clv_operator.api.resource import SecretRef
from clv_operator.notify import slack, webhook
from clv_operator.notify.message import Message
from clv_operator.notify.post import Poster
from clv_operator.settings import WebhookChannel as FallbackChannel
from sloengine.errors import ClusterError, DeliveryError

FALLBACK = "(fallback)"
"""The name of the installation's own channel, which no policy can take: names there are words."""


class Secrets(Protocol):
    async def get_secret(self, namespace: str, name: str) -> Mapping[str, bytes]:
        """The decoded data of a Secret. Raises ClusterError."""


class SecretUnreadable(DeliveryError):
    """A channel's Secret is missing, lacks the key, or may not be read: no retry, another channel, and a condition."""

    def __init__(self, message: str, *, channel: str) -> None:
        super().__init__(message, channel=channel, retryable=False)


class Dispatcher:
    """fallback: of the installation, for incidents without a policy and for pages that no channel took."""

    def __init__(self, *, secrets: Secrets, poster: Poster, fallback: FallbackChannel | None) -> None:
        self._secrets = secrets
        self._poster = poster
        self._fallback = fallback

    @property
    def has_fallback(self) -> bool:
        return self._fallback is not None

    def kind_of(self, policy: PolicySnapshot | None, channel: str) -> str:
        """`webhook`, `slack`, or `none` where the policy knows no such channel."""
        if channel == FALLBACK:
            return "webhook"
        found = _channel(policy, channel)
        return "none" if found is None else "slack" if found.slack is not None else "webhook"

    async def send(self, policy: PolicySnapshot | None, channel: str, message: Message) -> str:
        """Deliver; how the receiver calls the message. Raises DeliveryError."""
        if channel == FALLBACK:
            return await webhook.send(self._poster, channel, self._fallback_webhook(), message)
        found = _channel(policy, channel)
        if policy is None or found is None:
            raise DeliveryError(f"channel {channel}: the incident's policy has none", channel=channel, retryable=False)
        if found.slack is not None:
            url = await self._text(policy, found, found.slack.webhook_ref)
            return await slack.send(self._poster, channel, url, message)
        if found.webhook is None:
            raise DeliveryError(f"channel {channel}: it is of no kind", channel=channel, retryable=False)
        refs = found.webhook
        target = webhook.Webhook(
            url=await self._text(policy, found, refs.url_ref),
            token="" if refs.token_ref is None else await self._text(policy, found, refs.token_ref),
            hmac_key=b"" if refs.hmac_ref is None else await self._bytes(policy, found, refs.hmac_ref),
        )
        return await webhook.send(self._poster, channel, target, message)

    def _fallback_webhook(self) -> webhook.Webhook:
        if self._fallback is None:
            raise DeliveryError("no fallback channel is set up", channel=FALLBACK, retryable=False)
        try:
            url = self._fallback.url_file.read_text(encoding="utf-8").strip()
            token = self._fallback.token_file.read_text(encoding="utf-8").strip() if self._fallback.token_file else ""
        except (OSError, UnicodeDecodeError) as error:
            raise SecretUnreadable(
                f"the fallback channel's file cannot be read ({type(error).__name__}); mount it", channel=FALLBACK
            ) from error
        return webhook.Webhook(url=url, token=token)

    async def _text(self, policy: PolicySnapshot, channel: Channel, ref: SecretRef) -> str:
        try:
            return (await self._bytes(policy, channel, ref)).decode().strip()
        except UnicodeDecodeError as error:
            raise SecretUnreadable(
                f"channel {channel.name}: key {ref.key} of Secret {policy.namespace}/{ref.name} is no text",
                channel=channel.name,
            ) from error

    async def _bytes(self, policy: PolicySnapshot, channel: Channel, ref: SecretRef) -> bytes:
        where = f"channel {channel.name}: Secret {policy.namespace}/{ref.name}"
        try:
            data = await self._secrets.get_secret(policy.namespace, ref.name)
        except ClusterError as error:
            if error.reason == "NotFound":
                raise SecretUnreadable(f"{where} is missing; create it", channel=channel.name) from error
            if error.reason == "Forbidden":
                raise SecretUnreadable(
                    f"{where} may not be read; grant the operator `get` on it", channel=channel.name
                ) from error
            raise DeliveryError(
                f"{where} cannot be read now ({error.reason})", channel=channel.name, retryable=True
            ) from error
        if not data.get(ref.key):
            raise SecretUnreadable(f"{where} has no key {ref.key}; add it", channel=channel.name)
        return data[ref.key]


def _channel(policy: PolicySnapshot | None, name: str) -> Channel | None:
    if policy is None:
        return None
    return next((channel for channel in policy.spec.channels if channel.name == name), None)
