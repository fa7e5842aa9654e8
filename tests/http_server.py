"""A real HTTP server on this machine for the tests, which misbehaves on demand.

Without faults it does what RFC 9110 asks of a static file server: conditions (section 13), a range
to the end of the file with If-Range (14), HEAD.
"""

from __future__ import annotations

import contextlib
import email.utils
import os
import socket
import socketserver
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


@dataclass
class Resource:
    """A file on the server; a switch that is off makes the server ignore such headers."""

    body: bytes = b""
    etag: str | None = None
    last_modified: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    conditions: bool = True
    ranges: bool = True
    if_range: bool = True
    head: bool = True
    length: bool = True

    @property
    def validators(self) -> dict[str, str]:
        """The headers that name the state of the file."""
        given = {"ETag": self.etag, "Last-Modified": self.last_modified}
        return {name: value for name, value in given.items() if value is not None}


@dataclass
class Fault:
    """What goes wrong with one answer.

    Attributes:
        status: answered in place of the file.
        headers: laid over those of the answer.
        cut_after: body bytes after which the connection is dropped.
        silent_seconds: how long nothing is said before the answer.
    """

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    silent_seconds: float = 0.0


@dataclass
class Seen:
    """One request as the server saw it."""

    method: str
    path: str
    headers: Mapping[str, str]


class LocalServer(ThreadingHTTPServer):
    """Listens on the loopback address alone.

    Attributes:
        resources: the files, by path without query.
        faults: one is used up by each request.
        requests: all requests so far.
        body_bytes: all bytes of files sent so far.
    """

    daemon_threads = True

    def __init__(self) -> None:
        """Listen on a free port."""
        self.resources: dict[str, Resource] = {}
        self.faults: deque[Fault] = deque()
        self.requests: list[Seen] = []
        self.body_bytes = 0
        self.closing = threading.Event()
        super().__init__(("127.0.0.1", 0), _Handler)

    def server_bind(self) -> None:
        """Bind without the look-up of this machine's name that can take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet: clients that go away are part of the tests."""

    def url(self, path: str) -> str:
        """Return the address of a path."""
        return f"http://127.0.0.1:{self.server_port}{path}"


@contextlib.contextmanager
def serve() -> Iterator[LocalServer]:
    """Run a server until the block ends, with clients that go to it without a proxy."""
    with pytest.MonkeyPatch.context() as patch, LocalServer() as server:
        patch.setenv("NO_PROXY", "127.0.0.1")
        # Nothing here is encrypted, and reading the trusted authorities takes clients most of
        # their time.
        patch.delenv("SSL_CERT_FILE", raising=False)
        patch.setenv("SSL_CERT_DIR", os.devnull)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.005})
        thread.start()
        try:
            yield server
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: LocalServer
    protocol_version = "HTTP/1.1"
    timeout = 5

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def log_message(self, *args: Any, **kwargs: Any) -> None:
        pass

    def _answer(self) -> None:
        server = self.server
        server.requests.append(Seen(self.command, self.path, dict(self.headers.items())))
        fault = server.faults.popleft() if server.faults else Fault()
        if fault.silent_seconds and server.closing.wait(fault.silent_seconds):
            return
        resource = server.resources.get(self.path.partition("?")[0])
        if fault.status is not None:
            self._send(fault.status, {}, b"", fault)
        elif resource is None:
            self._send(404, {}, b"", fault)
        elif self.command == "HEAD" and not resource.head:
            self._send(405, {}, b"", fault)
        elif resource.conditions and self._holds(resource):
            self._send(304, resource.validators, b"", fault, length=False)
        else:
            self._send_resource(resource, fault)

    def _holds(self, resource: Resource) -> bool:
        if "If-None-Match" in self.headers:
            wanted = self.headers["If-None-Match"].removeprefix("W/")
            return resource.etag is not None and wanted == resource.etag.removeprefix("W/")
        since, changed = self.headers.get("If-Modified-Since"), resource.last_modified
        if not since or not changed:
            return False
        parse = email.utils.parsedate_to_datetime
        return parse(changed) <= parse(since)

    def _send_resource(self, resource: Resource, fault: Fault) -> None:
        headers = resource.validators | resource.headers
        body = resource.body
        start = self.headers.get("Range", "").removeprefix("bytes=").removesuffix("-")
        condition = self.headers.get("If-Range")
        fits = condition in (None, *resource.validators.values()) or not resource.if_range
        if not (start.isdigit() and resource.ranges and fits):
            self._send(200, headers, body, fault, length=resource.length)
        elif int(start) >= len(body):
            self._send(416, {"Content-Range": f"bytes */{len(body)}"}, b"", fault)
        else:
            headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
            self._send(206, headers, body[int(start) :], fault)

    def _send(
        self, status: int, headers: dict[str, str], body: bytes, fault: Fault, length: bool = True
    ) -> None:
        self.send_response(status)
        announced = {"Content-Length": str(len(body))} if length else {}
        closes = fault.cut_after is not None or "Content-Length" in fault.headers or not length
        if closes:
            announced["Connection"] = "close"
        for name, value in (announced | headers | fault.headers).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        sent = body if fault.cut_after is None else body[: fault.cut_after]
        self.server.body_bytes += len(sent)
        self.wfile.write(sent)
        if closes:
            self.connection.shutdown(socket.SHUT_WR)
