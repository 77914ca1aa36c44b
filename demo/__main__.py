"""`python -m demo [--once] [--fresh] [--port N]`."""

import argparse
import sys

from demo.supervisor import run


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return int(text)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="demo",
        description="Start the whole service on this machine, play the walk of the goods once, and serve until Ctrl-C.",
    )
    parser.add_argument("--once", action="store_true", help="play the walk, say its figures, and end")
    parser.add_argument("--fresh", action="store_true", help="delete the data of earlier runs first")
    parser.add_argument(
        "--port", type=_port, metavar="N", help="where to serve (8000, or a free one when that is taken)"
    )
    options = parser.parse_args()
    return run(once=options.once, fresh=options.fresh, port=options.port)


if __name__ == "__main__":
    sys.exit(main())
