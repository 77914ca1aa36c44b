"""Entry point of `python -m imports`; see imports/README.md."""

from __future__ import annotations

import sys
from pathlib import Path

# The library uses `kernel`, which is in src/ and knows the standard library only.
sys.path.append(str(Path(__file__).parent.parent / "src"))

from imports.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
