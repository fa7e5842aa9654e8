"""The environment variables of each bucket provider, as obstore reads them."""

from __future__ import annotations

from typing import NamedTuple


class Provider(NamedTuple):
    """A provider of buckets.

    Attributes:
        prefix: of its environment variables.
        endpoints: variables for the server's URL; the first one that is set is used.
        credentials: variables that messages name if access is denied.
    """

    prefix: str
    endpoints: tuple[str, ...]
    credentials: str


PROVIDERS = {
    "s3": Provider(
        "AWS_",
        ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT"),
        "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION",
    ),
    "gs": Provider(
        "GOOGLE_",
        ("GOOGLE_BASE_URL",),
        "GOOGLE_APPLICATION_CREDENTIALS",
    ),
    "az": Provider(
        "AZURE_",
        ("AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT"),
        "AZURE_STORAGE_ACCOUNT_NAME, AZURE_STORAGE_ACCOUNT_KEY",
    ),
}
"""By the scheme of the URL; variables as in obstore's documentation of each store."""


def provider_of(url: str) -> Provider:
    """Return the provider of a store's URL."""
    return PROVIDERS[url.partition(":")[0]]
