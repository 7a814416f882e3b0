import pytest

from devstack import Stack
from devstack.port import Port
from devstack.prometheus import Prometheus
from devstack.server import launch


@pytest.mark.needs("controllers", "prometheus", "alertmanager")
def test_two_whole_stacks_know_nothing_of_each_other():
    parts = {"apiserver": True, "controllers": (), "prometheus": True, "alertmanager": True}
    with Stack.start(**parts) as one, Stack.start(**parts) as two:
        one.api.new_namespace("only-here")
        names = [item["metadata"]["name"] for item in two.api.get("/api/v1/namespaces")["items"]]
        assert not [name for name in names if name.startswith("only-here")]
        addresses = [server.url for stack in (one, two) for server in (stack.prometheus, stack.alertmanager)]
        assert len(set(addresses)) == 4
        assert one.api.tokens["admin"] != two.api.tokens["admin"]


def test_a_port_is_handed_out_once():
    ports = [Port() for _ in range(300)]
    numbers = {port.number for port in ports}
    for port in ports:
        port.release()
    assert len(numbers) == 300


@pytest.mark.needs("prometheus")
def test_a_port_that_was_taken_in_between_is_replaced(tmp_path):
    made = []

    def make():
        server = Prometheus(folder=tmp_path / str(len(made)))
        if not made:  # the first one is told the port of somebody else
            taken = other.address
            server.process.argv = [
                f"--web.listen-address={taken}" if item.startswith("--web.listen-address") else item
                for item in server.process.argv
            ]
            server.is_ready = lambda: False
        made.append(server)
        return server

    with Stack.start(prometheus=True) as stack:
        other = stack.prometheus
        server = launch(make)
        assert len(made) == 2
        assert server.query("vector(1)") == [({}, 1.0)]
        server.close()
