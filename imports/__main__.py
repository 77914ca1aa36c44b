"""Entry point of `python -m imports`; see imports/README.md."""

from __future__ import annotations

import sys

from imports.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
