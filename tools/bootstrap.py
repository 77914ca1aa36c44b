"""Installs nox and uv, pinned by hash in requirements/tools.txt, into .tools, with nothing but Python's standard library.

Imported by noxfile.py before nox is there. The checks stand first, so that an older Python reads no further.
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
import subprocess
import tempfile
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ROOT / "requirements"
TOOLS = ROOT / ".tools" / f"py{sys.version_info.major}.{sys.version_info.minor}-{sys.platform}-{os.uname().machine}"
ENVIRONMENTS = ROOT / ".nox"


def run_nox(noxfile: str) -> None:
    """Install the tools where they are missing, then run nox with the arguments of this process."""
    require_writable_folder()
    install_tools()
    import nox._cli  # noqa: PLC0415 - installed only now

    sys.argv[1:1] = ["--noxfile", noxfile]
    nox._cli.main()


def install_tools() -> None:
    """Make `import nox` work, from what requirements/tools.txt pins."""
    expected = fingerprint("tools")
    stamp = TOOLS / "installed"
    if not (stamp.exists() and stamp.read_text() == expected):
        with one_process("tools"):
            if not (stamp.exists() and stamp.read_text() == expected):
                download_tools(expected)
    sys.path.insert(0, str(TOOLS))
    os.environ["PATH"] = os.pathsep.join([str(TOOLS / "bin"), os.environ.get("PATH", "")])


def download_tools(expected: str) -> None:
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
    (new / "installed").write_text(expected)
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
def one_process(name: str) -> Iterator[None]:
    """Let one process at a time install, so that two sessions may start together."""
    ENVIRONMENTS.mkdir(exist_ok=True)
    with (ENVIRONMENTS / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def require_writable_folder() -> None:
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
