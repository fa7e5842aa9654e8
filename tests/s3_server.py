"""A real S3 server on this machine: SeaweedFS, which can be stopped and started again."""

from __future__ import annotations

import contextlib
import json
import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

START_SECONDS_MAX = 120
KEY, SECRET = "a-key", "a-very-secret-key"
GRPC = 10_000
"""SeaweedFS takes this port of each of its servers plus so much for gRPC."""


class S3Server:
    """A server with its data in a folder.

    Attributes:
        url: of the endpoint.
    """

    def __init__(self, folder: Path) -> None:
        """Choose ports; nothing is started yet."""
        self._folder = folder
        names = ("s3", "master", "volume", "filer")
        self._ports = dict(zip(names, _free_ports(len(names)), strict=True))
        self.url = f"http://127.0.0.1:{self._ports['s3']}"
        self._process: subprocess.Popen[bytes] | None = None
        account = {"name": "tests", "actions": ["Admin", "Read", "Write", "List"]}
        account["credentials"] = [{"accessKey": KEY, "secretKey": SECRET}]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "s3.json").write_text(json.dumps({"identities": [account]}))

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which clients find it."""
        return {
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ALLOW_HTTP": "true",
            "NO_PROXY": "127.0.0.1",
            "WINE_POINTS_CACHE": str(self._folder / "cache"),
        }

    def start(self) -> None:
        """Start it, and wait until it takes and gives objects."""
        ports = [f"-{name}.port={port}" for name, port in self._ports.items()]
        data = self._folder / "data"
        data.mkdir(exist_ok=True)
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(_weed(), "server", "-s3", f"-s3.config={self._folder / 's3.json'}", *ports),
                    *("-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={data}"),
                    *("-master.volumeSizeLimitMB=64", "-volume.max=40"),
                    # Other catalogues that would listen on fixed ports.
                    *("-s3.port.iceberg=0", "-s3.port.lance=0"),
                    *(f"-s3.localSocket={self._folder}/s3.sock", "-filer.localSocket="),
                ],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + START_SECONDS_MAX
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError((self._folder / "log").read_text()[-2000:])
            time.sleep(0.2)

    def stop(self) -> None:
        """Stop it; the data stay."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def make_bucket(self, bucket: str) -> None:
        """Make a bucket: an administrator's first object in it does."""
        from obstore.store import S3Store

        S3Store(bucket, prefix="elsewhere").put("made", b"")

    def _is_ready(self) -> bool:
        from obstore.exceptions import BaseError
        from obstore.store import S3Store

        try:
            S3Store("ready", retry_config={"max_retries": 0}).put("made", b"x")
        except (BaseError, OSError):
            return False
        return True


@contextlib.contextmanager
def running_s3_server(folder: Path) -> Iterator[S3Server]:
    """Run a server until the block ends, with clients of this process that find it."""
    server = S3Server(folder)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment.items():
            patch.setenv(name, value)
        try:
            server.start()
            yield server
        finally:
            server.stop()


def _weed() -> str:
    beside = Path(sys.executable).parent / "weed"
    found = str(beside) if beside.exists() else shutil.which("weed")
    if found is None:
        pytest.skip("SeaweedFS (weed) is not installed")
    return found


def _free_ports(count: int) -> list[int]:
    """Find ports that are free and whose gRPC ports are."""
    found: list[int] = []
    # Linux gives 32768 and above to clients. Tests seed the usual generator, and two processes of
    # them would find the same ports.
    chance = random.SystemRandom()
    while len(found) < count:
        port = chance.randrange(12_000, 32_768 - GRPC)
        with contextlib.suppress(OSError), socket.socket() as one, socket.socket() as other:
            one.bind(("127.0.0.1", port))
            other.bind(("127.0.0.1", port + GRPC))
            found.append(port)
    return found
