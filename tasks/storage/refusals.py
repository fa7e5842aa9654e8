"""Turns the exceptions of obstore into a TransientError or a StoreError with one line of advice."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from tasks.configuration.errors import StoreError, TransientError
from tasks.storage.providers import provider_of

NO_CREDENTIALS = ("169.254.169.254", "metadata.google.internal", "Missing AccessKeyId")
"""Signs of missing credentials: obstore then asks the provider's metadata server."""
NO_BUCKET = ("NoSuchBucket", "ContainerNotFound")
REFUSED = re.compile(r"status code: (4\d\d)")
ERROR_CODE = re.compile(r"<Code>(\w+)</Code>")


@contextlib.contextmanager
def explain_refusals(url: str) -> Iterator[None]:
    """Turn obstore's exceptions into PipelineErrors, except those about an object's existence.

    Args:
        url: of the store, for messages.
    """
    from obstore import exceptions

    try:
        yield
    except FileNotFoundError as error:
        if any(code in str(error) for code in NO_BUCKET):
            raise _refuse(url, NO_BUCKET[0]) from error
        raise
    except (exceptions.AlreadyExistsError, exceptions.PreconditionError):
        raise
    except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError) as error:
        raise _deny(url, "access is denied") from error
    except exceptions.BaseError as error:
        raise _explain(url, str(error)) from error
    except BaseException as error:
        # A panic in obstore's Rust code is a BaseException.
        if type(error).__name__ != "PanicException":
            raise
        raise _refuse(
            url,
            f"obstore failed with {str(error)!r}; check the {provider_of(url).prefix} variables",
        ) from error


def check_variables(url: str, environment: Mapping[str, str]) -> None:
    """Check the environment variables that would make obstore panic; messages hide the values.

    Args:
        url: of the store.
        environment: of this process.

    Raises:
        StoreError: a variable is not a URL, or contains a control character.
    """
    for name, value in environment.items():
        if not name.startswith(provider_of(url).prefix):
            continue
        if not value.isprintable():
            raise StoreError(f"{url}: {name} holds a line end or another control character")
        if name in provider_of(url).endpoints and not _is_endpoint(value):
            raise StoreError(f"{url}: {name} is no URL; write https://HOST or http://HOST:PORT")


def _is_endpoint(value: str) -> bool:
    """Return whether a value is a server's URL without credentials, which have own variables."""
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in value
    except ValueError:
        return False


def _explain(url: str, text: str) -> StoreError | TransientError:
    if any(sign in text for sign in NO_CREDENTIALS):
        return _deny(url, "there are no credentials")
    if "builder error" in text:
        prefix, endpoints, _ = provider_of(url)
        return _refuse(url, f"if {endpoints[0]} is no https, set {prefix}ALLOW_HTTP=true")
    if REFUSED.search(text) or text.startswith("Generic Config error"):
        code = ERROR_CODE.search(text)
        return _refuse(url, code[1] if code else text)
    return TransientError(f"{url}: the server does not answer ({_shorten(text)}); run again later")


def _deny(url: str, why: str) -> StoreError:
    return StoreError(
        f"{url}: {why}; check {provider_of(url).credentials}, and what the account may do in this"
        " bucket"
    )


def _refuse(url: str, reason: str) -> StoreError:
    if reason in NO_BUCKET:
        return StoreError(f"{url}: there is no such bucket; make it, or name another")
    return StoreError(f"{url}: not possible ({_shorten(reason)})")


def _shorten(text: str) -> str:
    """Return the part of an obstore message that names the cause."""
    return text.split("\n")[0].rpartition(" - ")[2].strip()[:200]
