#!/usr/bin/env python3
"""Every command of the project: `python3 noxfile.py -s NAME -- arguments`, with nothing installed but Python.

Run like that, it first installs nox and uv (tools/bootstrap.py) and runs them. Where nox is installed,
`nox -s NAME -- arguments` does the same. `python3 noxfile.py` lists the names. tools/environments.py makes the
environments in .nox, which are touched only when their lock in requirements/ changes.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
# Without bytecode files each of the many processes of a run compiles Django again: seconds at every start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

from tools import bootstrap

if __name__ == "__main__":
    bootstrap.run_nox(__file__)
    sys.exit()

import shutil

import nox

from tools.bootstrap import ROOT
from tools.environments import (
    FLEET_PACKAGES,
    NO_CHROMIUM,
    PREVIOUS_RELEASE,
    browser_arguments,
    chromium,
    development,
    embedded_locks,
    environment,
    environment_of_release,
    export_release,
    parallel,
    program_path,
    run,
    temporary_home,
)

nox.needs_version = ">=2026.4"
nox.options.sessions = []
nox.options.default_venv_backend = "none"
nox.options.error_on_missing_interpreters = True


@nox.session
def demo(session: nox.Session) -> None:
    """Start everything, run the demo scenario once, print who may sign in, serve until Ctrl-C. `-- --once` plays and ends."""
    python = environment(session, "demo", "runtime", *embedded_locks())
    # The demo handles Ctrl-C itself. On SIGTERM nox passes it on only after `interrupt_seconds`.
    ends_with_us = {"WEICANG_ENDS_WITH_PARENT": "1"}
    run(session, python, "-m", "demo", *session.posargs, env=ends_with_us, interrupt_seconds=1, terminate_seconds=60)


@nox.session
def manage(session: nox.Session) -> None:
    """A command of the service on the demo's data: `-s manage -- check_integrity`."""
    python = environment(session, "demo", "runtime", *embedded_locks())
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
        wanted = [*parallel(session), *wanted]
    run(session, python, "-m", "pytest", *without_browser, *wanted, env=env)


@nox.session
def play(session: nox.Session) -> None:
    """The random play of all faces, 5,000 steps long. `-- --seed 7` plays another, or the same again; `-- --steps 300` a short one."""
    python = development(session)
    file = "tests/journeys/test_random_play.py"
    run(session, python, "-m", "pytest", "-n", "0", "-s", file, "--steps", "5000", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """All tests, and which lines of src and imports they run; fails below the floor in pyproject.toml."""
    python = development(session)
    measured = ["--cov", "--cov-report=term:skip-covered", *browser_arguments(session), *parallel(session)]
    run(session, python, "-m", "pytest", *measured, *session.posargs, env={"WEICANG_CHROMIUM": chromium() or ""})


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
    run(session, python, "-m", "pytest", "-o", options, *parallel(session), *session.posargs)


@nox.session
def browser(session: nox.Session) -> None:
    """The tests that drive the pages in Chromium, one after the other; they also take the pictures of the README."""
    python = development(session)
    found = chromium() or session.error(NO_CHROMIUM)
    run(session, python, "-m", "pytest", "-m", "browser", *session.posargs, env={"WEICANG_CHROMIUM": found})


@nox.session
def pictures(session: nox.Session) -> None:
    """The pictures of README and guides, taken anew by the browser tests into docs/pictures; arguments name some of the tests."""
    python = development(session)
    folder = session.create_tmp()
    env = {"WEICANG_CHROMIUM": chromium() or session.error(NO_CHROMIUM), "WEICANG_SCREENSHOTS": folder}
    run(session, python, "-m", "pytest", "-m", "browser", *session.posargs, env=env)
    run(session, python, "tools/pictures.py", folder)


@nox.session
def bench(session: nox.Session) -> None:
    """The benchmarks in bench/, each on an empty database of its own, or those named: `-s bench -- grab`."""
    python = development(session)
    benches = {file.stem: file for file in sorted((ROOT / "bench").glob("*.py")) if not file.stem.startswith("_")}
    unknown = [name for name in session.posargs if name not in benches]
    if unknown or not benches:
        session.error(f"There is no such benchmark: {unknown}. There are: {', '.join(benches) or 'none yet'}.")
    for name in session.posargs or benches:
        with temporary_home() as home:
            run(session, python, "-m", "demo.run_inside", "manage.py", "migrate", "--verbosity=0", env=home)
            run(session, python, "-m", "demo.run_inside", benches[name], env=home)


SMALL_BENCHES = (
    {"exports": ("--rows", "300", "--rounds", "1")},
    {"shipping": ("--lines", "40", "--rounds", "1")},
    {"daily_close": ("--postings", "300", "--rounds", "1")},
    {"settlement": ("--lines", "40", "--rounds", "1")},
    {"dashboards": ("--lines", "40", "--sales", "1", "--rounds", "1")},
    {"order_workbook": ("--lines", "20", "--rounds", "1")},
    {"finder": ("--skus", "2000", "--repeat", "1", "--pairs", "6")},
    {"opening": ("--resellers", "6", "--connections", "4", "--seconds", "0.3", "--repeats", "1")},
    {"integrity": ("--skus", "2000", "--lines", "100", "--changes", "10")},
    {"wallet_payment": ("--payments", "1", "--rounds", "1")},
    {"fill_sale": ("--skus", "300", "--rounds", "1")},
    {"request_cost": ("--skus", "2000", "--resellers", "6", "--seconds", "0.3", "--repeats", "1")},
    {"crowd": ("--buyers", "40", "--units", "10", "--workers", "1")},
    {
        "membership": ("--members", "200", "--entries", "2000", "--rounds", "1"),
        "grab": ("--threads", "2", "--grabs", "3", "--rounds", "1"),
        "pricing": ("--skus", "300", "--rounds", "1", "--check"),
        "imports": ("--rows", "300", "--rounds", "1", "--times", "0"),
        "record_sheets": ("--lines", "200", "--orders", "20", "--rounds", "1"),
    },
)
"""Benchmarks that share a database, each at the smallest size at which all its statements run. `fuzz` has no statements."""


@nox.session
def bench_small(session: nox.Session) -> None:
    """Whether the benchmarks still run, at their smallest sizes: no other check reads their SQL. The figures mean nothing.

    Each group has a copy of one migrated database.
    """
    python = development(session)
    with temporary_home() as migrated:
        run(session, python, "-m", "demo.run_inside", "manage.py", "migrate", "--verbosity=0", env=migrated)
        for group in SMALL_BENCHES:
            with temporary_home() as home:
                # The owner is kept: under root PostgreSQL runs as another account.
                session.run("cp", "-a", f"{migrated['WEICANG_HOME']}/.", home["WEICANG_HOME"], external=True)
                for name, sizes in group.items():
                    run(session, python, "-m", "demo.run_inside", ROOT / "bench" / f"{name}.py", *sizes, env=home)


@nox.session
def faults(session: nox.Session) -> None:
    """30 rounds of kill -9 and other faults while people grab, pay, upload and ship. `-- --rounds 5 --seed 7 --out FILE`."""
    python = development(session)
    run(session, python, "-m", "tests.faults", *session.posargs, terminate_seconds=60)


@nox.session
def upgrade(session: nox.Session) -> None:
    """From the release before to this tree while clients go on, and what is then in the database; `-- COMMIT` from another one."""
    python = development(session)
    commit = session.posargs[0] if session.posargs else PREVIOUS_RELEASE
    with temporary_home() as home:
        tree = Path(home["WEICANG_HOME"]) / "previous"
        export_release(session, commit, tree)
        old_python = environment_of_release(session, tree)
        run(session, python, "tools/upgrade.py", tree, old_python, env=home)


@nox.session
def page_speed(session: nox.Session) -> None:
    """How fast the pages for customers open on a phone, by Lighthouse, on the goods of a demo of its own. Needs node and Chromium."""
    python = environment(session, "demo", "runtime", *embedded_locks())
    found = chromium() or session.error(NO_CHROMIUM)
    session.run("npm", "ci", "--prefix", "bench/lighthouse", "--silent", external=True)
    with temporary_home() as home:
        run(session, python, "-m", "demo", "--once", env=home)
        script = ("tools/page_speed.py", *session.posargs)
        run(session, python, "-m", "demo.run_inside", *script, env=home | {"CHROME_PATH": found})


@nox.session
def fleet(session: nox.Session) -> None:
    """A whole fleet on the loopback from the files of deploy/: walk, kills under load, checks. `-- --report FILE` writes the figures.

    Needs nginx and PgBouncer; in CI they are installed.
    """
    python = development(session)
    packages = [package for program, package in FLEET_PACKAGES.items() if not program_path(program)]
    if packages and os.environ.get("CI") and os.geteuid() == 0:
        session.run("apt-get", "update", "-qq", external=True)
        session.run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages, external=True)
    elif packages:
        session.error(
            f"The fleet needs {' and '.join(packages)} (Debian, Ubuntu: apt-get install {' '.join(packages)})."
        )
    run(session, python, "-m", "tests.fleet", *session.posargs, terminate_seconds=60)


@nox.session
def lint(session: nox.Session) -> None:
    """ruff, djlint, the import contracts, no migration missing, none that would stop a running service."""
    python = development(session)
    run(session, python, "-m", "ruff", "check", ".")
    run(session, python, "-m", "ruff", "format", "--check", ".")
    run(session, python, "-m", "djlint", "src", "--lint", "--quiet")
    run(session, python, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-logo")
    with temporary_home() as home:
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
        ("monitoring", [same]),
        ("pure", [same]),
        ("embedded", ["--no-deps"]),
        ("tools", [same]),
    ):
        out = f"--output-file=requirements/{name}.txt"
        group = f"--group=pyproject.toml:{name}"
        session.run(uv, "pip", "compile", group, out, *common, *extra, *session.posargs, external=True)
