"""What goes wrong with a bucket, in a line: a TransientError may pass, a StoreError does not."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from tasks.configuration.errors import StoreError, TransientError
from tasks.storage.providers import provider_of

ASKED_FOR_CREDENTIALS = ("169.254.169.254", "metadata.google.internal", "Missing AccessKeyId")
"""Without the variables obstore asks where a machine of the provider's would answer."""
NO_BUCKET = ("NoSuchBucket", "ContainerNotFound")
REFUSED = re.compile(r"status code: (4\d\d)")
SAID = re.compile(r"<Code>(\w+)</Code>")


@contextlib.contextmanager
def explain_refusals(url: str) -> Iterator[None]:
    """Turn obstore's errors into ours; leave those about whether an object is there.

    Args:
        url: what was asked for, for people.
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
        # What obstore's Rust did not expect is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise _refuse(
            url,
            f"obstore failed with {str(error)!r}; check the {provider_of(url).prefix} variables",
        ) from error


def check_variables(url: str, environment: Mapping[str, str]) -> None:
    """Refuse variables that obstore would not survive; their values may be secret.

    Args:
        url: what is asked for, for people.
        environment: of this process.

    Raises:
        StoreError: one is no URL, or holds a line end or the like.
    """
    for name, value in environment.items():
        if not name.startswith(provider_of(url).prefix):
            continue
        if not value.isprintable():
            raise StoreError(f"{url}: {name} holds a line end or another control character")
        if name in provider_of(url).endpoints and not _is_endpoint(value):
            raise StoreError(f"{url}: {name} is no URL; write https://HOST or http://HOST:PORT")


def _is_endpoint(value: str) -> bool:
    """Tell whether a value is the URL of a server; credentials have variables of their own."""
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in value
    except ValueError:
        return False


def _explain(url: str, text: str) -> StoreError | TransientError:
    if any(sign in text for sign in ASKED_FOR_CREDENTIALS):
        return _deny(url, "there are no credentials")
    if "builder error" in text:
        prefix, endpoints, _ = provider_of(url)
        return _refuse(url, f"if {endpoints[0]} is no https, set {prefix}ALLOW_HTTP=true")
    if REFUSED.search(text) or text.startswith("Generic Config error"):
        said = SAID.search(text)
        return _refuse(url, said[1] if said else text)
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
    """Leave of obstore's messages the line that says what happened."""
    return text.split("\n")[0].rpartition(" - ")[2].strip()[:200]
