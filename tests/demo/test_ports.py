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


def test_choose_a_free_port_takes_it_without_a_word() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    assert ports.choose(free) == (free, "")


def test_choose_a_taken_port_refuses_and_names_another(taken: int) -> None:
    with pytest.raises(ports.PortTaken, match=rf"Port {taken} is taken.*--port \d+"):
        ports.choose(taken)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows who listens on a port")
def test_choose_a_taken_port_names_its_holder(taken: int) -> None:
    with pytest.raises(ports.PortTaken, match=f"by process {os.getpid()} "):
        ports.choose(taken)


def test_choose_without_a_wish_goes_elsewhere_when_the_usual_port_is_taken(
    taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "DEFAULT", taken)
    port, remark = ports.choose(None)
    assert port != taken
    assert f"Port {taken} is taken" in remark
    assert f"serving on {port} instead" in remark
