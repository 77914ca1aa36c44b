"""moto's server as an S3-compatible store."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

import boto3
from moto.server import ThreadedMotoServer

os.environ.setdefault("AWS_ACCESS_KEY_ID", "for-tests")
os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "for-tests")


@contextmanager
def bucket(name: str) -> Iterator[tuple[str, ThreadedMotoServer]]:
    """An empty bucket: its address as WEICANG_STORAGE has it, and the server."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1").create_bucket(Bucket=name)
    try:
        yield f"s3://{name}/files?endpoint={endpoint}", server
    finally:
        server.stop()
