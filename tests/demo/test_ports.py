import os
import socket
import sys
from collections.abc import Iterator

import pytest

from demo import ports


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which this process listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_claim_of_a_free_port_listens_without_a_remark() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    listener, remark = ports.claim(free)
    with listener:
        assert (ports.port_of(listener), remark) == (free, "")


def test_claim_a_taken_port_refuses_and_names_another(taken: int) -> None:
    with pytest.raises(ports.PortTaken, match=rf"Port {taken} is taken.*--port \d+"):
        ports.claim(taken)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows who listens on a port")
def test_claim_a_taken_port_names_its_holder(taken: int) -> None:
    with pytest.raises(ports.PortTaken, match=f"by process {os.getpid()} "):
        ports.claim(taken)


def test_claim_without_a_port_takes_another_when_the_default_is_taken(
    taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "DEFAULT", taken)
    listener, remark = ports.claim(None)
    with listener:
        assert ports.port_of(listener) != taken
        assert f"Port {taken} is taken" in remark
        assert f"serving on {ports.port_of(listener)} instead" in remark


def test_two_claims_of_the_default_port_get_two_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither serves yet, nor binds again with SO_REUSEPORT: the first must have it from its claim on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        monkeypatch.setattr(ports, "DEFAULT", ports.port_of(probe))
    first, _ = ports.claim(None)
    second, _ = ports.claim(None)
    with first, second:
        assert ports.port_of(first) == ports.DEFAULT
        assert ports.port_of(second) != ports.DEFAULT


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere granian does not share ports")
def test_a_port_that_is_shared_by_others_is_taken() -> None:
    with socket.socket() as sharing:
        sharing.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sharing.bind(("127.0.0.1", 0))
        sharing.listen()
        with pytest.raises(ports.PortTaken):
            ports.claim(ports.port_of(sharing))
