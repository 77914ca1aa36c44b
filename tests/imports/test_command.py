"""python -m imports: its commands, outputs and exit statuses"""

from __future__ import annotations

import errno
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from imports import __version__, stock_sheet
from imports.cli.main import main
from tests.imports.builders import HEADER, csv, goods, with_cell, xlsx

ROOT = Path(__file__).parents[2]


def run(*arguments: str | Path, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "imports", *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, input=stdin, capture_output=True, check=False, env=os.environ | environment
    )


def check(path: Path, *options: str) -> tuple[int, str]:
    done = run("check", path, *options)
    assert done.stderr == b""
    return done.returncode, done.stdout.decode()


def outcome(data: bytes, filename: str = "") -> tuple[str, list[str]]:
    reading = stock_sheet.read(data, filename)
    return reading.outcome, [fault.code for fault in reading.faults]


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    path = tmp_path / "库存.xlsx"
    path.write_bytes(xlsx([HEADER, *with_cell(goods(), 3, 6, "多")]))
    return path


def test_check_gives_json_with_prices_as_strings(workbook: Path) -> None:
    code, out = check(workbook, "--json")
    said: dict[str, Any] = json.loads(out)
    assert code == 1
    assert list(said) == ["outcome", "reason", "rows", "faults", "warnings", "ignored", "questions"]
    assert said["rows"][0] | {"barcode": None} == {
        "sheet": "库存", "row": 2, "col": None, "style_no": "ST24A10000", "colour": "墨绿", "size": "M", "barcode": None,
        "tag_price": "599.00", "base_price": "149.75", "quantity": 3, "name": None, "category": None, "season": None,
        "year": None, "gender": None, "brand": None, "remark": None, "picture": None,
    }  # fmt: skip
    assert {key: said["faults"][0][key] for key in ("sheet", "row", "col", "header", "code", "value")} == {
        "sheet": "库存", "row": 5, "col": "G", "header": "库存", "code": "bad_number", "value": "多",
    }  # fmt: skip
    assert said["faults"][0]["message"]
    assert said["faults"][0]["hint"]
    assert said["ignored"] == [{"sheet": "库存", "row": 1, "why": "header"}]


@pytest.mark.parametrize("option", [[], ["--json"]])
def test_check_accepts_a_closed_pipe(workbook: Path, option: list[str]) -> None:
    nobody, out = os.pipe()
    os.close(nobody)
    with os.fdopen(out, "wb") as closed:
        command = [sys.executable, "-m", "imports", "check", str(workbook), *option]
        done = subprocess.run(command, cwd=ROOT, stdout=closed, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")


def test_check_gives_the_exit_status_of_the_outcome(tmp_path: Path, workbook: Path) -> None:
    clean = tmp_path / "clean.xlsx"
    clean.write_bytes(xlsx([HEADER, *goods()]))
    assert check(clean)[0] == 0
    assert check(workbook)[0] == 1
    asking = tmp_path / "ask.xlsx"
    asking.write_bytes(xlsx([["款号", "颜色", "尺码", "条码", "吊牌价", "单价", "库存"], *goods()]))
    assert check(asking)[0] == 3
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(clean.read_bytes()[:2000])
    code, out = check(broken, "--json")
    assert code == 2
    assert json.loads(out)["reason"] == "corrupt"


def test_check_reports_a_reading_over_its_memory_limit(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_bytes(csv([HEADER, *goods(20_000)]))
    code, out = check(path, "--json", "--memory-mb", "40")
    assert code == 2
    assert json.loads(out)["reason"] == "memory_limit"


def test_check_reads_answers(tmp_path: Path) -> None:
    path = tmp_path / "ask.xlsx"
    path.write_bytes(xlsx([["款号", "颜色", "尺码", "条码", "吊牌价", "单价", "库存"], *goods()]))
    question = json.loads(check(path, "--json")[1])["questions"][0]
    assert question["field"] == "base_price"
    assert question["columns"] == [{"col": "F", "header": "单价", "samples": ["149.75", "174.75"]}]
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps({question["fingerprint"]: {"F": "base_price"}}))
    assert check(path, "--answers", str(answers))[0] == 0


def test_version_is_printed() -> None:
    done = run("--version")
    assert (done.returncode, done.stdout.decode()) == (0, f"imports {__version__}\n")


@pytest.mark.parametrize("command", ["", "check", "annotate", "template"])
def test_help_is_printed(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command.split(), "--help"])
    assert ended.value.code == 0
    out = capsys.readouterr().out
    assert out.startswith("usage: python -m imports")
    assert command or "66  no such file" in out


@pytest.mark.parametrize(
    "arguments",
    [
        "", "chek x", "check", "annotate", "check x --kind prices", "check x --memory-mb 0", "check x --memory-mb many",
        "check x --seconds -1", "check x --seconds nan", "check x --seconds inf", "template x", "annotate x --json",
        "check x --seconds 1e300", "check x --seconds 86401", "check x --memory-mb 1048577", f"check x --memory-mb 1{'0' * 30}",
        "annotate - --name ../x.xlsx", "annotate - --name /x.xlsx", "annotate - --name ..", "annotate - --name a\\b.xlsx",
    ],
)  # fmt: skip
def test_wrong_usage_is_64(arguments: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert_usage_error(arguments.split(), capsys)


def test_wrong_usage_is_the_status_of_the_process() -> None:
    done = run("chek")
    assert (done.returncode, done.stdout) == (64, b"")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff", b"[]", b'{"print": "F"}', b'{"print": {"F": 1}}', b"[" * 200_000]
)
def test_check_with_answers_of_another_form_is_64(
    tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = tmp_path / "answers.json"
    answers.write_bytes(content)
    assert "answers.json" in assert_usage_error(["check", "x", "--answers", str(answers)], capsys)


def assert_usage_error(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    printed = capsys.readouterr()
    assert (ended.value.code, printed.out) == (64, "")
    assert printed.err.startswith("usage: python -m imports")
    return printed.err


@pytest.mark.parametrize("command", ["check", "annotate"])
def test_a_file_that_does_not_exist_is_66(tmp_path: Path, workbook: Path, command: str) -> None:
    missing = tmp_path / "none.xlsx"
    done = run(command, missing)
    assert (done.returncode, done.stdout) == (66, b"")
    assert done.stderr.decode() == f"{missing}: No such file or directory\n"
    assert run(command, workbook, "--answers", missing).returncode == 66


@pytest.mark.parametrize("command", ["check", "annotate"])
def test_a_directory_is_66(tmp_path: Path, command: str) -> None:
    done = run(command, tmp_path)
    assert (done.returncode, done.stdout) == (66, b"")
    assert done.stderr.decode() == f"{tmp_path}: Is a directory\n"


def test_a_file_whose_reading_fails_is_66() -> None:
    done = run("check", "/proc/self/mem")  # opens, and fails at the first byte
    assert (done.returncode, done.stdout) == (66, b"")
    assert done.stderr.startswith(b"/proc/self/mem: ")


def test_check_reads_standard_input(workbook: Path) -> None:
    data = workbook.read_bytes()
    of_file, of_input = run("check", workbook, "--json"), run("check", "-", "--json", stdin=data)
    assert (of_input.returncode, of_input.stdout, of_input.stderr) == (1, of_file.stdout, b"")


def test_check_compares_the_name_of_standard_input(workbook: Path) -> None:
    done = run("check", "-", "--name", "stock.csv", "--json", stdin=workbook.read_bytes())
    assert [warning["code"] for warning in json.loads(done.stdout)["warnings"]] == ["wrong_extension"]


@pytest.mark.parametrize("kind", ["stock", "tracking", "orders"])
def test_check_refuses_an_empty_standard_input(kind: str) -> None:
    done = run("check", "-", "--kind", kind, "--json")
    assert (done.returncode, done.stderr) == (2, b"")
    assert json.loads(done.stdout)["reason"] == "empty"


def test_check_escapes_what_the_locale_cannot_print(workbook: Path) -> None:
    text = run("check", workbook, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (text.returncode, text.stderr) == (1, b"")
    assert b"\\u8bfb\\u5165 read: 7" in text.stdout
    as_json = run("check", workbook, "--json", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert json.loads(as_json.stdout)["faults"][0]["value"] == "多"


def test_annotate_writes_the_copy_beside_the_file(workbook: Path) -> None:
    done = run("annotate", workbook)
    copy = workbook.with_name("库存-标注.xlsx")
    assert (done.returncode, done.stdout) == (1, b"")
    assert str(copy) in done.stderr.decode()
    assert outcome(copy.read_bytes()) == ("accept", ["bad_number"])
    assert copy.read_bytes() != workbook.read_bytes()


def test_annotate_writes_to_standard_output(workbook: Path) -> None:
    data = workbook.read_bytes()
    piped = run("annotate", "-", stdin=data)
    assert (piped.returncode, outcome(piped.stdout)) == (1, ("accept", ["bad_number"]))
    assert outcome(run("annotate", workbook, "-o", "-").stdout) == ("accept", ["bad_number"])
    assert list(workbook.parent.iterdir()) == [workbook]


def test_annotate_reads_answers(tmp_path: Path) -> None:
    rows = with_cell(goods(), 3, 6, "多")
    path = tmp_path / "ask.xlsx"
    path.write_bytes(xlsx([["款号", "颜色", "尺码", "条码", "吊牌价", "单价", "库存"], *rows]))
    question = json.loads(check(path, "--json")[1])["questions"][0]
    asked = run("annotate", path)
    assert (asked.returncode, asked.stdout) == (3, b"")
    assert list(tmp_path.iterdir()) == [path]
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps({question["fingerprint"]: {"F": "base_price"}}))
    assert run("annotate", path, "--answers", answers, "-o", tmp_path / "copy.xlsx").returncode == 1
    assert (tmp_path / "copy.xlsx").exists()


def test_annotate_writes_nothing_for_a_file_without_faults_or_refused(tmp_path: Path) -> None:
    clean, broken = tmp_path / "clean.xlsx", tmp_path / "broken.xlsx"
    clean.write_bytes(xlsx([HEADER, *goods()]))
    broken.write_bytes(clean.read_bytes()[:2000])
    assert run("annotate", clean).returncode == 0
    refused = run("annotate", broken)
    assert (refused.returncode, refused.stdout) == (2, b"")
    assert "文件已损坏或不完整" in refused.stderr.decode()
    assert sorted(tmp_path.iterdir()) == [broken, clean]


def test_annotate_reports_a_reading_over_its_memory_limit(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_bytes(csv([HEADER, *goods(20_000)]))
    done = run("annotate", path, "--memory-mb", "40")
    assert (done.returncode, done.stdout) == (2, b"")
    assert "需要的内存超过限制" in done.stderr.decode()
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("command", ["annotate", "template"])
def test_an_output_is_overwritten_only_by_force(tmp_path: Path, workbook: Path, command: str) -> None:
    out = tmp_path / "out.xlsx"
    out.write_bytes(b"mine")
    command_line: list[str | Path] = [command, *([workbook] if command == "annotate" else []), "-o", out]
    done = run(*command_line)
    assert (done.returncode, done.stderr.decode()) == (73, f"{out}: File exists\n")
    assert out.read_bytes() == b"mine"
    assert run(*command_line, "--force").returncode == (1 if command == "annotate" else 0)
    assert out.read_bytes().startswith(b"PK")
    assert run(*command_line[:-1], tmp_path / "none" / "out.xlsx").returncode == 73


@pytest.mark.parametrize("kind", ["stock", "tracking", "orders"])
def test_template_writes_a_workbook_that_is_read_back_as_empty(tmp_path: Path, kind: str) -> None:
    out = tmp_path / "empty.xlsx"
    done = run("template", "--kind", kind, "-o", out)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    printed = run("check", out, "--kind", kind, "--json")
    found = json.loads(printed.stdout)
    assert (found["rows"], found["faults"], found["questions"]) == ([], [], [])
    assert run("template", "--kind", kind, "-o", "-").stdout.startswith(b"PK")


@pytest.mark.parametrize("command", ["annotate", "template"])
def test_a_closed_pipe_for_the_output_is_no_error(workbook: Path, command: str) -> None:
    nobody, out = os.pipe()
    os.close(nobody)
    arguments = ["annotate", str(workbook), "-o", "-"] if command == "annotate" else ["template", "-o", "-"]
    with os.fdopen(out, "wb") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "imports", *arguments],
            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=closed, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == (1 if command == "annotate" else 0)
    assert "Error" not in done.stderr


def test_template_keeps_the_old_file_where_writing_fails(tmp_path: Path) -> None:
    old = tmp_path / "stock.xlsx"
    old.write_bytes(b"the only copy")
    limited = f"ulimit -f 1; exec {sys.executable} -m imports template -o {old} --force"
    done = subprocess.run(["bash", "-c", limited], cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, old.read_bytes()) == (73, b"the only copy")
    assert [path.name for path in tmp_path.iterdir()] == ["stock.xlsx"]


COMMANDS = {
    "check": ["check", "FILE"],
    "check as JSON": ["check", "FILE", "--json"],
    "annotate": ["annotate", "FILE", "-o", "-"],
    "template": ["template", "-o", "-"],
    "version": ["--version"],
    "help": ["check", "--help"],
}


def in_shell(workbook: Path, command: str, redirection: str) -> subprocess.CompletedProcess[bytes]:
    arguments = [str(workbook) if each == "FILE" else each for each in COMMANDS[command]]
    line = shlex.join([sys.executable, "-m", "imports", *arguments])
    return subprocess.run(["bash", "-c", f"{line} {redirection}"], cwd=ROOT, capture_output=True, check=False)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("redirection", "why"), [(">/dev/full", "No space left on device"), (">&-", "Bad file")])
def test_a_standard_output_that_takes_nothing_is_74(workbook: Path, command: str, redirection: str, why: str) -> None:
    done = in_shell(workbook, command, redirection)
    assert (done.returncode, done.stdout) == (74, b"")
    assert done.stderr.decode().startswith(f"standard output: {why}")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(("command", "status"), [("check", 1), ("annotate", 1), ("template", 0), ("version", 0)])
@pytest.mark.parametrize("redirection", ["2>/dev/full", "2>&- <&-"])
def test_a_standard_error_that_takes_nothing_changes_nothing(
    workbook: Path, command: str, status: int, redirection: str
) -> None:
    done, usual = in_shell(workbook, command, redirection), in_shell(workbook, command, "")
    assert (done.returncode, usual.returncode) == (status, status)
    # A template holds the instant at which it was made, so that its packed size differs by a few bytes.
    assert abs(len(done.stdout) - len(usual.stdout)) < 16 < len(usual.stdout) or done.stdout == usual.stdout != b""


def test_a_failure_keeps_its_status_where_nothing_can_be_said(tmp_path: Path, workbook: Path) -> None:
    for redirection in (">&- 2>&- <&-", "2>/dev/full >/dev/full"):
        assert in_shell(workbook, "check", redirection).returncode == 74
        assert in_shell(tmp_path / "none.xlsx", "check", redirection).returncode == 66
        assert in_shell(Path("--kind"), "check", redirection).returncode == 64


@pytest.mark.parametrize("command", ["check", "annotate"])
def test_a_closed_standard_input_is_66(command: str) -> None:
    line = f"{sys.executable} -m imports {command} - <&-"
    done = subprocess.run(["bash", "-c", line], cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (66, b"")
    assert done.stderr.decode() == "standard input: Bad file descriptor\n"


def test_streams_that_are_all_closed_do_not_take_the_place_of_a_file(tmp_path: Path, workbook: Path) -> None:
    out = tmp_path / "copy.xlsx"
    line = f"{sys.executable} -m imports annotate {workbook} -o {out} <&- >&- 2>&-"
    done = subprocess.run(["bash", "-c", line], cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, outcome(out.read_bytes())) == (1, ("accept", ["bad_number"]))


def test_check_keeps_a_stricter_limit_that_it_was_started_under(workbook: Path) -> None:
    line = f"ulimit -v 900000; {sys.executable} -m imports check {workbook} --memory-mb 4096"
    done = subprocess.run(["bash", "-c", line], cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (1, b"")


def test_annotate_writes_beside_the_file_whatever_its_name(workbook: Path) -> None:
    inner = workbook.parent / "inner"
    inner.mkdir()
    moved = workbook.rename(inner / workbook.name)
    assert run("annotate", moved, "--name", "../x.xlsx").returncode == 64
    assert run("annotate", moved, "--name", "x.xlsx").returncode == 1
    assert {path.name for path in inner.iterdir()} == {workbook.name, "x-标注.xlsx"}
    assert list(workbook.parent.iterdir()) == [inner]


@pytest.mark.parametrize("force", [False, True])
def test_an_output_on_a_volume_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, force: bool) -> None:
    def unsupported(*_: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr("os.link", unsupported)
    out = tmp_path / "out.xlsx"
    arguments = ["template", "-o", str(out), *(["--force"] if force else [])]
    assert main(arguments) == 0
    assert out.read_bytes().startswith(b"PK")
    assert main(arguments) == (0 if force else 73)
    assert list(tmp_path.iterdir()) == [out]
