"""Arguments of `python -m imports` and the choice of the command that runs."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import json
import signal
from typing import NoReturn, cast

from imports import __version__
from imports.child_main import MODULES
from imports.cli.files import CommandError, InputError, open_closed_streams, standard_output, tell
from imports.cli.status import USAGE
from imports.limits import DEFAULT, MEGABYTE

MAX_MEMORY_MB = 1 << 20
MAX_SECONDS = 24 * 60 * 60
MAX_ANSWERS_BYTES = 16 * MEGABYTE

_EPILOG = """\
exit status:
  0   accepted without faults (template: written)
  1   accepted with faults
  2   refused: the file as a whole cannot be read
  3   a question must be answered first (see --answers)
  64  wrong usage
  66  no such file, or the file cannot be opened
  73  the output file cannot be written, or exists already
  74  standard output cannot be written

FILE may be - for standard input. --output may be - for standard output.
"""


class _Parser(argparse.ArgumentParser):
    """Ends with 64 on wrong usage; argparse itself ends with 2, which means `refused` here."""

    def error(self, message: str) -> NoReturn:
        tell(f"{self.format_usage()}{self.prog}: error: {message}")
        self.exit(USAGE)


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status. Every failure gets its status and its message here."""
    open_closed_streams()
    try:
        return _run(arguments)
    except CommandError as error:
        tell(str(error))
        return error.status
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _run(arguments: list[str] | None) -> int:
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):  # argparse would drop what cannot be written
            options = _parser().parse_args(arguments)
    except SystemExit:
        if printed.getvalue():  # the help or the version
            with standard_output() as out:
                out.write(printed.getvalue())
        raise
    # Each command is loaded only when it runs: writing workbooks takes modules that `check` does not need.
    run = importlib.import_module(f"imports.cli.{options.command}").run
    status: int = run(options)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m imports",
        description="Check workbooks of stock, orders and tracking numbers, annotate their faults, write templates.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"imports {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="check|annotate|template")

    check = commands.add_parser("check", help="read a workbook and report its rows, faults and warnings")
    _add_input(check)
    check.add_argument("--kind", choices=sorted(MODULES), default="stock")
    check.add_argument("--json", action="store_true", help="print the whole reading as JSON")

    annotate = commands.add_parser("annotate", help="write a copy of a workbook with its faulty cells marked")
    _add_input(annotate)
    annotate.add_argument("--kind", choices=sorted(MODULES), default="stock")
    _add_output(annotate, "beside FILE, with -标注 or -问题行 in its name; standard output where FILE is -")

    template = commands.add_parser("template", help="write an empty workbook to fill in")
    template.add_argument("--kind", choices=sorted(MODULES), default="stock")
    _add_output(template, "KIND-template.xlsx in the current folder")
    return parser


def _add_input(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", metavar="FILE", help="the workbook; - reads standard input")
    command.add_argument(
        "--name", type=_file_name, help="the file name that standard input stands for; its extension is compared"
    )
    command.add_argument(
        "--answers", type=_answers, metavar="JSON", help="file of answers to questions, {fingerprint: {column: field}}"
    )
    command.add_argument("--memory-mb", type=_positive_int, default=DEFAULT.memory_bytes // MEGABYTE)
    command.add_argument("--seconds", type=_positive_float, default=DEFAULT.seconds)


def _add_output(command: argparse.ArgumentParser, default: str) -> None:
    command.add_argument("-o", "--output", metavar="OUT", help=f"default: {default}")
    command.add_argument("--force", action="store_true", help="overwrite a file that exists")


def _positive_int(text: str) -> int:
    number = int(text)
    if not 0 < number <= MAX_MEMORY_MB:
        raise argparse.ArgumentTypeError(f"must be from 1 to {MAX_MEMORY_MB}: {text[:40]}")
    return number


def _positive_float(text: str) -> float:
    number = float(text)
    if not 0 < number <= MAX_SECONDS:
        raise argparse.ArgumentTypeError(f"must be above 0 and at most {MAX_SECONDS}: {text[:40]}")
    return number


def _file_name(text: str) -> str:
    """A name without a folder: the copy is written beside FILE under it."""
    if text in ("", ".", "..") or any(sign in text for sign in "/\\\0"):
        raise argparse.ArgumentTypeError(f"must be a file name without a folder: {text}")
    return text


def _answers(path: str) -> dict[str, dict[str, str]]:
    try:
        with open(path, "rb") as file:
            content = file.read(MAX_ANSWERS_BYTES + 1)
        if len(content) > MAX_ANSWERS_BYTES:
            raise argparse.ArgumentTypeError(f"{path}: more than {MAX_ANSWERS_BYTES} bytes")
        answers = json.loads(content)
    except OSError as error:
        raise InputError(path, error) from error
    except (ValueError, RecursionError) as error:
        raise argparse.ArgumentTypeError(f"{path}: {error}") from error
    if not _are_answers(answers):
        raise argparse.ArgumentTypeError(f"{path}: not of the form {{fingerprint: {{column: field}}}}")
    return cast("dict[str, dict[str, str]]", answers)


def _are_answers(answers: object) -> bool:
    return isinstance(answers, dict) and all(
        isinstance(columns, dict) and all(isinstance(field, str) for field in columns.values())
        for columns in answers.values()
    )
