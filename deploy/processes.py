"""The commands of the service's own processes. The demo and the fleet test run them; units and images hold the same (`tests/deploy`)."""

from collections.abc import Sequence

CELERY = ("-m", "celery", "--app=config.celery:app")


def web(*, host: str, port: int, processes: int) -> list[str]:
    """The web on an address of its own."""
    return ["-m", "config.server", f"--host={host}", f"--port={port}", f"--workers={processes}"]


def web_on_socket(fd: int, *, processes: int) -> list[str]:
    """The web on a listening socket that it inherits."""
    return ["-m", "config.server", f"--fd={fd}", f"--workers={processes}"]


def worker(*, queue: str = "weicang", processes: int) -> list[str]:
    """Reads files, checks the integrity, computes figures: what takes seconds to minutes."""
    return _worker("worker", queue, [f"--concurrency={processes}"])


def periodic_worker(*, queue: str = "weicang", processes: int) -> list[str]:
    """Does by the clock what takes less than a second."""
    return _worker("periodic-worker", f"{queue}-periodic", [f"--concurrency={processes}"])


def external_worker(*, queue: str = "weicang", threads: int) -> list[str]:
    """Waits for services of others: payments, parcels, mail, SMS. Waiting takes no processor, so it has threads."""
    return _worker("external-worker", f"{queue}-external", ["--pool=threads", f"--concurrency={threads}"])


def beat(*, schedule: str) -> list[str]:
    """Enqueues the periodic jobs; there is one of it. It keeps when each was last due in the file `schedule`."""
    return [*CELERY, "beat", f"--schedule={schedule}", "--pidfile="]


def _worker(name: str, queue: str, options: Sequence[str]) -> list[str]:
    return [*CELERY, "worker", f"--queues={queue}", f"--hostname={name}@%h", *options, "--without-gossip"]
