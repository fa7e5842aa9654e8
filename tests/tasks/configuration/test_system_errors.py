"""What the system refused is told in words, and with what helps."""

from __future__ import annotations

import errno
import os
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tasks.configuration import system_errors
from tasks.configuration.errors import SourceError, TransientError
from tasks.configuration.system_errors import explain_system_error
from tasks.sources.web import fetch_small


def chained(error: Exception) -> Exception:
    try:
        raise httpx.ConnectError(str(error)) from error
    except httpx.ConnectError as outer:
        return outer


def untrusted(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] failed (_ssl.c:1006)")
    error.verify_code = code
    return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        *((OSError(n, os.strerror(n)), words) for n, words in system_errors.WORDS.items()),
        (socket.gaierror(-2, "Name or service not known"), "there is no server of this name"),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER]"), "the server does not answer by https"),
        *((untrusted(code), words) for code, words in system_errors.CERTIFICATES.items()),
        (untrusted(99), "it is not valid"),
        (OSError(errno.ENOTTY, "Not a typewriter"), "Not a typewriter"),
        (OSError("odd"), "odd"),
    ],
)
def test_a_refusal_is_told_in_words_also_where_it_is_only_the_cause(
    error: Exception, words: str
) -> None:
    assert explain_system_error(error) == explain_system_error(chained(error)) == words


def test_a_home_of_nobody_is_told() -> None:
    with pytest.raises(RuntimeError) as caught:
        Path("~no-such-user/x").expanduser()
    assert explain_system_error(caught.value) == "there is no such user"


@pytest.fixture
def plain_port() -> Iterator[int]:
    """A server that does not speak TLS."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def test_https_where_there_is_none_is_told(plain_port: int) -> None:
    with pytest.raises(TransientError, match=r"no connection \(the server does not answer by http"):
        fetch_small(f"https://127.0.0.1:{plain_port}/c.yaml", 1_000)


@pytest.mark.parametrize(
    ("error", "kind", "says"),
    [
        (
            untrusted(18),
            SourceError,
            "http://x.org/c.yaml: the server's certificate is not trusted, as it is signed by"
            " itself; name the authority that signed it in the environment variable SSL_CERT_FILE",
        ),
        (
            untrusted(10),
            SourceError,
            "http://x.org/c.yaml: the server's certificate is not trusted, as it has expired; check"
            " the address and this machine's clock, or download the file by hand",
        ),
        (
            socket.gaierror(-2, "Name or service not known"),
            TransientError,
            "http://x.org/c.yaml: no connection (there is no server of this name); check the"
            " address, the network, and that the server is up",
        ),
        (
            TimeoutError(),
            TransientError,
            "http://x.org/c.yaml: the server stayed silent for 30 s; run again later",
        ),
    ],
)
def test_what_to_do_depends_on_what_was_refused(
    monkeypatch: pytest.MonkeyPatch, error: Exception, kind: type[Exception], says: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise httpx.ReadTimeout("") if isinstance(error, TimeoutError) else chained(error)

    monkeypatch.setattr(httpx.Client, "send", refuse)
    with pytest.raises(kind) as caught:
        fetch_small("http://x.org/c.yaml", 1_000)
    assert str(caught.value) == says


def test_a_proxy_that_refuses_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise httpx.ProxyError("407 Proxy Authentication Required")

    monkeypatch.setattr(httpx.Client, "send", refuse)
    with pytest.raises(TransientError, match=r"the proxy refuses \(407 Proxy Auth.+HTTPS_PROXY$"):
        fetch_small("http://x.org/c.yaml", 1_000)
