"""What every process of the demo finds in its environment."""

import os
import secrets
import sys
from pathlib import Path

from embedded import Services, postgres

ROOT = Path(__file__).resolve().parents[1]


def variables(services: Services, folder: Path) -> dict[str, str]:
    """Our own environment with the settings of the service added; what is set already stays as it is. Makes the folder of files."""
    settings = {
        "WEICANG_SECRET_KEY": _secret_key(folder),
        "WEICANG_DEMO": "1",
        "WEICANG_DATA": str(folder / "data"),
        "WEICANG_BANK_ACCOUNT": "演示账户（请勿转账） 0000 0000 0000",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        "PYTHONUTF8": "1",
    }
    if programs := postgres.programs():
        settings["WEICANG_POSTGRES_PROGRAMS"] = str(programs)
    services_of_ours = {"DATABASE_URL": services.database_url, "REDIS_URL": services.redis_url}
    found = settings | os.environ | services_of_ours
    Path(found["WEICANG_DATA"]).mkdir(parents=True, exist_ok=True)
    return found


def manage(*arguments: str) -> list[str]:
    """The command line of one of Django's commands."""
    return [sys.executable, str(ROOT / "manage.py"), *arguments]


def _secret_key(folder: Path) -> str:
    """Made once and kept, so that sessions outlive a restart."""
    path = folder / "secret-key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text()
