"""The part of Google Cloud Storage's XML API that obstore asks for, in memory.

Unlike S3 it tells versions apart by generations: a conditional put names one
(https://cloud.google.com/storage/docs/xml-api/reference-headers, x-goog-if-generation-match).
"""

from __future__ import annotations

import contextlib
import datetime
import email.utils
import hashlib
import itertools
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape


class _Object:
    def __init__(self, content: bytes, generation: int) -> None:
        self.content, self.generation = content, generation
        self.modified = datetime.datetime.now(datetime.UTC)
        self.e_tag = f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Any

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _name(self) -> str:
        return unquote(urlsplit(self.path).path).removeprefix("/wine").removeprefix("/")

    def _answer(self, code: int, body: bytes = b"", found: _Object | None = None) -> None:
        self.send_response(code)
        if found:
            self.send_header("ETag", found.e_tag)
            self.send_header("x-goog-generation", str(found.generation))
            modified = email.utils.format_datetime(found.modified, usegmt=True)
            self.send_header("Last-Modified", modified)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        wanted = self.headers.get("x-goog-if-generation-match")
        with self.server.alone:
            held = self.server.objects.get(self._name())
            if wanted is not None and int(wanted) != (held.generation if held else 0):
                self._answer(412, b"<Error><Code>PreconditionFailed</Code></Error>")
                return
            made = _Object(content, next(self.server.generations))
            self.server.objects[self._name()] = made
        self._answer(200, found=made)

    def do_GET(self) -> None:
        if "list-type" in parse_qs(urlsplit(self.path).query):
            self._answer(200, self._list())
            return
        found = self.server.objects.get(self._name())
        if found is None:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        else:
            self._answer(200, found.content, found)

    do_HEAD = do_GET  # noqa: N815

    def do_DELETE(self) -> None:
        gone = self.server.objects.pop(self._name(), None)
        self._answer(204 if gone else 404)

    def _list(self) -> bytes:
        prefix = parse_qs(urlsplit(self.path).query).get("prefix", [""])[0]
        listed = sorted(self.server.objects.items())
        contents = "".join(
            f"<Contents><Key>{escape(name)}</Key><Size>{len(held.content)}</Size>"
            f"<LastModified>{held.modified.isoformat()}</LastModified>"
            f"<ETag>{escape(held.e_tag)}</ETag></Contents>"
            for name, held in listed
            if name.startswith(prefix)
        )
        return f"<ListBucketResult>{contents}</ListBucketResult>".encode()


@contextlib.contextmanager
def running_google_server() -> Iterator[str]:
    """Serve the bucket `wine` until the block ends; give the server's URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.objects, server.alone = {}, threading.Lock()  # type: ignore[attr-defined]
        server.generations = itertools.count(1)  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
