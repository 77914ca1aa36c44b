"""The configuration files have a value for every name, and the example has no value that none asks for."""

import subprocess
import sys
import tomllib

import pytest

from deploy.render import FOLDER, TEMPLATES, NoValue, main, names, render

VALUES = tomllib.loads((FOLDER / "values.toml").read_text("utf-8"))


def test_the_example_has_exactly_the_values_that_the_templates_ask_for() -> None:
    assert {name for template in TEMPLATES for name in names(template)} == set(VALUES)


def test_all_templates_of_the_folder_are_known() -> None:
    assert {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.in")} == set(TEMPLATES)


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_rendered_file_has_no_name_left(template: str) -> None:
    text = render(template, VALUES)
    assert "{{" not in text
    assert "}}" not in text


def test_a_template_without_a_value_is_refused_by_name() -> None:
    with pytest.raises(NoValue, match=r"redis/redis\.conf\.in needs redis_folder, redis_port"):
        render("redis/redis.conf.in", {"redis_host": "127.0.0.1", "redis_password": "secret"})


def test_the_command_prints_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(FOLDER / "values.toml"), "redis/redis.conf.in"]) == 0
    assert "bind 10.0.0.31\nport 6379\n" in capsys.readouterr().out
    assert main([str(FOLDER / "values.toml"), "redis/none.in"]) == 2
    assert main([str(FOLDER / "none.toml"), "redis/redis.conf.in"]) == 1


def test_the_command_needs_nothing_installed() -> None:
    """It is run on machines that have no environment of the service."""
    command = [
        sys.executable,
        "-I",
        "-S",
        str(FOLDER / "render.py"),
        str(FOLDER / "values.toml"),
        "nginx/nginx.conf.in",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "server_name weicang.example.com;" in done.stdout
