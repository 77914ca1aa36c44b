"""Units and containers run the same commands as the demo and the fleet test."""

import re
import shlex
from pathlib import Path

import pytest
import yaml

from deploy import processes

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
COMMANDS = {
    "web": processes.web(host="0.0.0.0", port=8000, processes=4),
    "worker": processes.worker(processes=2),
    "periodic": processes.periodic_worker(processes=2),
    "external": processes.external_worker(threads=3),
    "beat": processes.beat(schedule="/var/lib/weicang/beat-schedule"),
}
SERVICES = {
    "web-1": "web",
    "web-2": "web",
    "worker": "worker",
    "periodic": "periodic",
    "external": "external",
    "beat": "beat",
}


def test_there_is_a_unit_for_each_command() -> None:
    units = {path.stem.removeprefix("weicang-") for path in (DEPLOY / "systemd").glob("*.service")}
    assert units == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_unit_runs_the_command(name: str) -> None:
    unit = (DEPLOY / "systemd" / f"weicang-{name}.service").read_text("utf-8")
    [command] = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    python, *arguments = shlex.split(command.replace("%%", "%"))
    assert python == "/srv/weicang/venv/bin/python"
    assert arguments == COMMANDS[name]


def test_a_container_runs_the_command() -> None:
    services = yaml.safe_load((DEPLOY / "container" / "compose.yaml").read_text("utf-8"))["services"]
    ours = {
        name: each["command"][1:]
        for name, each in services.items()
        if each.get("image") == "weicang" and name != "prepare"
    }
    assert ours == {name: COMMANDS[command] for name, command in SERVICES.items()}


def test_the_image_runs_the_web() -> None:
    image = (DEPLOY / "container" / "Containerfile").read_text("utf-8")
    [command] = re.findall(r"^CMD (\[.*\])$", image, re.MULTILINE)
    assert yaml.safe_load(command) == ["python", *COMMANDS["web"]]


def test_containers_use_names_that_there_are() -> None:
    compose = yaml.safe_load((DEPLOY / "container" / "compose.yaml").read_text("utf-8"))
    named = {
        volume.partition(":")[0]
        for service in compose["services"].values()
        for volume in service.get("volumes", [])
        if not volume.startswith("./")
    }
    assert named == set(compose["volumes"])
    for service in compose["services"].values():
        assert set(service.get("depends_on", [])) <= set(compose["services"])
