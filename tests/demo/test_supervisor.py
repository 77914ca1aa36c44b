"""The demo as a person meets it: started, started twice, ended, killed. The walk itself is played by `.ci/run`."""

import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from embedded.process import command_of, free_port, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.faults]
ROOT = Path(__file__).resolve().parents[2]
OURS = ("DATABASE_URL", "REDIS_URL", "WEICANG_")


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder whose database has a person already, so that the walk is not played."""
    with tempfile.TemporaryDirectory(prefix="weicang-demo-", ignore_cleanup_errors=True) as folder:
        path = Path(folder)
        path.chmod(0o711)
        command = [sys.executable, "-m", "demo.run_inside", "-m", "tests.demo.first_person"]
        password = "correct horse battery\n"
        subprocess.run(
            command, env=environment(path), cwd=ROOT, input=password, text=True, check=True, timeout=300,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        yield path


def environment(home: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return clean | {"WEICANG_HOME": str(home), "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", "PYTHONUTF8": "1"}


@contextmanager
def demo(home: Path, port: int) -> Iterator["subprocess.Popen[str]"]:
    """A running demo, as soon as it serves."""
    process = subprocess.Popen(
        [sys.executable, "-m", "demo", f"--port={port}"],
        env=environment(home),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    output = []
    for line in process.stdout:
        output.append(line)
        if line.startswith("Ctrl-C"):
            break
    else:
        pytest.fail("".join(output))
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def started_for(home: Path) -> list[int]:
    """Every process that was started on this folder and is still there: its environment or its arguments name it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            seen = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
        except OSError:
            continue
        if str(home).encode() in seen:
            found.append(int(process.name))
    return found


def open_idle_requests(port: int, connections: int) -> tuple[float, float]:
    """Send the beginning of so many bodies at once. Returns the slowest /health/live meanwhile, and when the last ended."""
    header = b"POST /api/v1/tokens HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n{"
    with ExitStack() as stack, selectors.DefaultSelector() as selector:
        for _ in range(connections):
            idle = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            idle.sendall(header)
            selector.register(idle, selectors.EVENT_READ)
        began, slowest = time.monotonic(), 0.0
        while selector.get_map() and time.monotonic() - began < 30:
            sent = time.monotonic()
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=30).close()
            slowest = max(slowest, time.monotonic() - sent)
            for key, _ in selector.select(0.2):
                if not key.fileobj.recv(65536):  # type: ignore[union-attr]
                    selector.unregister(key.fileobj)
        return slowest, time.monotonic() - began


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows what a process was started with")
def test_demo_serves_refuses_a_second_run_and_leaves_nothing_behind(home: Path) -> None:
    port = free_port()
    with demo(home, port) as running:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=10) as answer:
            assert answer.status == 200
        # A second attempt, since the machine may be busy; a web server whose threads are held takes ten seconds each time.
        attempts = (open_idle_requests(port, connections=500) for _ in range(2))
        assert any(slowest < 1 and ended < 10 for slowest, ended in attempts)
        second = subprocess.run(
            [sys.executable, "-m", "demo"], env=environment(home), cwd=ROOT, capture_output=True, text=True, timeout=180
        )
        assert second.returncode == 1
        assert f"running already: process {running.pid}" in second.stderr
        running.send_signal(signal.SIGTERM)
        assert running.wait(180) == 0
    assert started_for(home) == []

    with demo(home, port) as running:
        assert len(started_for(home)) > 5
        running.kill()
        running.wait()
        assert wait_until(lambda: started_for(home) == [], 60), "some processes outlived the killed supervisor"

    with demo(home, port) as running:
        [valkey] = [pid for pid in started_for(home) if "valkey-server" in command_of(pid).split(" ")[0]]
        os.kill(valkey, signal.SIGKILL)
        output, _ = running.communicate(timeout=60)
        assert running.returncode == 1
        assert "The valkey server has ended by itself" in output
    assert started_for(home) == []
