"""The API server, with the user's own rights: the only module that imports `kubernetes`.

That import takes half a second, so this module is imported after parsing, and only by verbs that need a cluster.
Objects stay plain JSON here: the generated models of the library know nothing of our kinds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import urllib3
from kubernetes import client, config

from kubectl_clv.failure import Failure, did_you_mean
from kubectl_clv.kinds import GROUP, VERSION, Kind
from sloengine.errors import ClusterError

Object = dict[str, Any]

PAGE = 500
_TIMEOUT_SECONDS = (5, 30)
_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
# The API server adds this line to every refusal of a field that has CEL rules; it says nothing to the user.
_NOISE = re.compile(
    r"(, )?<nil>: Invalid value: null: some validation rules were not checked[^\]]*?correct the existing errors to complete validation"
)


class Cluster:
    """One API server. namespace: that of the context, where none is asked for."""

    def __init__(self, *, context: str | None = None, kubeconfig: str | None = None) -> None:
        urllib3.disable_warnings(urllib3.exceptions.NotOpenSSLWarning)
        settings = client.Configuration()
        try:
            config.load_kube_config(config_file=kubeconfig, context=context, client_configuration=settings)
            self.namespace, self.context = _chosen(kubeconfig, context)
        except (config.ConfigException, TypeError, OSError) as error:
            raise Failure(
                "There is no cluster to ask",
                why=str(error).rstrip("."),
                fix="set KUBECONFIG or --kubeconfig, choose a --context of `kubectl config get-contexts`, or use -f FILE",
            ) from error
        settings.retries = urllib3.Retry(connect=1, read=0, redirect=0, status=0)
        self._api = client.ApiClient(settings)
        self.address: str = settings.host

    def list(self, kind: Kind, *, namespace: str | None, selector: str = "") -> list[Object]:
        """namespace: None for all. Raises ClusterError or Failure."""
        return list(self._pages(_path(kind, namespace), selector))

    def get(self, kind: Kind, name: str, *, namespace: str) -> Object:
        """Failure with the nearest name where there is none of that name."""
        if not _NAME.fullmatch(name):
            raise self._missing(kind, name, namespace)
        try:
            return self._call("GET", _path(kind, namespace, name))
        except ClusterError as error:
            if error.reason != "NotFound":
                raise
            raise self._missing(kind, name, namespace) from error

    def merge(self, kind: Kind, name: str, body: Mapping[str, Any], *, namespace: str, dry_run: bool) -> Object:
        """JSON merge patch; with `metadata.resourceVersion` in it, refused (Conflict) when somebody was faster."""
        query = {"fieldValidation": "Strict", "fieldManager": "kubectl-clv", **({"dryRun": "All"} if dry_run else {})}
        try:
            return self._call(
                "PATCH",
                _path(kind, namespace, name),
                query=query,
                body=body,
                content_type="application/merge-patch+json",
            )
        except ClusterError as error:
            if error.reason != "NotFound":
                raise
            raise self._missing(kind, name, namespace) from error

    def whoami(self) -> str:
        """The name under which the API server knows us; empty where it does not say."""
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
        try:
            answer = self._call("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", body=review)
        except ClusterError:
            return ""
        return str(answer.get("status", {}).get("userInfo", {}).get("username", ""))

    def raw(self, path: str, *, query: Mapping[str, str] | None = None) -> Object:
        """GET of any path; raises ClusterError."""
        return self._call("GET", path, query=query)

    def _pages(self, path: str, selector: str) -> Iterator[Object]:
        query = {"limit": str(PAGE), **({"labelSelector": selector} if selector else {})}
        while True:
            page = self._call("GET", path, query=query)
            yield from page.get("items", [])
            following = page.get("metadata", {}).get("continue")
            if not following:
                return
            query = {**query, "continue": following}

    def _missing(self, kind: Kind, name: str, namespace: str) -> Failure:
        place = f" in namespace {namespace}" if kind.namespaced else ""
        try:
            known = [item["metadata"]["name"] for item in self.list(kind, namespace=namespace)]
        except ClusterError:
            known = []
        near = did_you_mean(name, known)
        others = "-n NAMESPACE looks elsewhere" if kind.namespaced else "`kubectl clv tiers` lists them"
        there = f"there {'is' if len(known) == 1 else 'are'} {len(known) or 'none'}"
        return Failure(
            f"There is no {kind.noun} {name or repr(name)}{place}", why="" if near else there, fix=near or others
        )

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        content_type: str = "application/json",
    ) -> Object:
        headers = {"Accept": "application/json", "Content-Type": content_type}
        try:
            response = self._api.call_api(
                *self._api.param_serialize(
                    method,
                    path,
                    query_params=list((query or {}).items()),
                    header_params=headers,
                    body=body,
                    auth_settings=["BearerToken"],
                ),
                _request_timeout=_TIMEOUT_SECONDS,
            )
            data = response.read()
        except urllib3.exceptions.HTTPError as error:
            raise _unreachable(self.address, error) from error
        answer = _parsed(data)
        if not 200 <= response.status < 300:
            raise _refused(response.status, answer, method, path)
        return answer


def _path(kind: Kind, namespace: str | None, name: str = "") -> str:
    """Quoted: what a person types as a name must not become another path or a query."""
    within = f"/namespaces/{quote(namespace, safe='')}" if kind.namespaced and namespace is not None else ""
    one = f"/{quote(name, safe='')}" if name else ""
    return f"/apis/{GROUP}/{VERSION}{within}/{kind.plural}{one}"


def _chosen(kubeconfig: str | None, context: str | None) -> tuple[str, str]:
    contexts, active = config.list_kube_config_contexts(config_file=kubeconfig)
    for each in contexts:
        if each["name"] == (context or active["name"]):
            return each["context"].get("namespace") or "default", each["name"]
    return "default", context or ""


def _parsed(data: bytes) -> Object:
    try:
        answer = json.loads(data)
    except ValueError:
        return {"message": data.decode("utf-8", "replace").strip()[:512]}
    return answer if isinstance(answer, dict) else {"message": str(answer)[:512]}


def without_noise(message: str) -> str:
    """The API server's message whole, but for the note that it adds to every refusal by a rule."""
    return _NOISE.sub("", message).replace("[, ", "[")


def _refused(status: int, answer: Object, method: str, path: str) -> ClusterError:
    message = without_noise(str(answer.get("message") or f"HTTP {status}"))
    reason = str(answer.get("reason") or {401: "Unauthorized", 403: "Forbidden", 404: "NotFound"}.get(status, "Error"))
    if status == 404 and not answer.get("details"):
        message = f"the API server has no {path.rsplit('/', 1)[-1]} of {GROUP}/{VERSION}"
        reason = "NoSuchKind"
    return ClusterError(message, reason=reason, retryable=status in {409, 429} or status >= 500)


def _unreachable(address: str, error: Exception) -> ClusterError:
    inner: BaseException = error
    while isinstance(getattr(inner, "reason", None), BaseException):
        inner = inner.reason  # type: ignore[attr-defined]  # MaxRetryError carries its cause there
    text = str(inner).rsplit(">: ", 1)[-1]
    slow = isinstance(inner, urllib3.exceptions.TimeoutError)
    return ClusterError(f"{address}: {text}", reason="Timeout" if slow else "Unreachable", retryable=True)
