"""Fill the values of an installation into the configuration files of this folder.

    python3 deploy/render.py /etc/weicang/values.toml nginx/nginx.conf.in > /etc/nginx/nginx.conf

A template holds its values as `{{ name }}`. A name without a value stops it.
"""

import re
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
TEMPLATES = (
    "nginx/nginx.conf.in",
    "pgbouncer/pgbouncer.ini.in",
    "postgresql/60-weicang.conf.in",
    "postgresql/70-primary.conf.in",
    "postgresql/70-standby.conf.in",
    "redis/redis.conf.in",
)
_NAME = re.compile(r"\{\{ ([a-z_0-9]+) \}\}")
Value = str | int


class NoValue(Exception):
    """A template asks for a value that is not given."""


def render(template: str, values: Mapping[str, Value]) -> str:
    """The text of a template of this folder with its values. Raises NoValue."""
    text = (FOLDER / template).read_text("utf-8")
    missing = sorted(names(template) - values.keys())
    if missing:
        raise NoValue(f"{template} needs {', '.join(missing)}")
    return _NAME.sub(lambda found: str(values[found[1]]), text)


def names(template: str) -> set[str]:
    """The names of the values that a template asks for."""
    return set(_NAME.findall((FOLDER / template).read_text("utf-8")))


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or arguments[1] not in TEMPLATES:
        sys.stderr.write(f"usage: render.py VALUES.toml TEMPLATE, one of: {', '.join(TEMPLATES)}\n")
        return 2
    try:
        sys.stdout.write(render(arguments[1], tomllib.loads(Path(arguments[0]).read_text("utf-8"))))
    except (NoValue, OSError, tomllib.TOMLDecodeError) as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
