"""A process that owns a folder: starts both servers, says where they are, and stays until it is ended."""

import json
import sys
import time
from pathlib import Path

from embedded import start_all

with start_all(Path(sys.argv[1])) as services:
    print(
        json.dumps(
            {
                "database_url": services.database_url,
                "redis_url": services.redis_url,
                "pids": [server.pid for server in services.servers],
            }
        ),
        flush=True,
    )
    time.sleep(600)
