from __future__ import annotations

import sys
from pathlib import Path

import pytest
from obstore.exceptions import BaseError

from tasks.configuration.errors import StoreError
from tasks.storage.opening import StoreName, open_store, working_folder
from tasks.storage.refusals import explain_refusals
from tests.schemas import passes


@pytest.mark.parametrize(
    "name",
    [
        *("here", "/srv/a b:c/ü", "C:", "a:b/c", "s3://wine", "s3://wine/.a/..b/", "s3:/wine/a"),
        *("gs://wine", "gs://wine/a", "az://wine/a/b"),
    ],
)
def test_a_server_lets_pass_what_can_be_opened(name: str) -> None:
    assert passes(StoreName, name)
    if not name.startswith(("s3:", "gs:", "az:")):
        open_store(name)


def test_a_folder_is_opened_by_name_or_by_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert open_store("here").root == tmp_path / "here"
    assert open_store(None).root == tmp_path / "store"
    monkeypatch.setenv("WINE_POINTS_STORE", str(tmp_path / "there"))
    assert open_store(None).root == tmp_path / "there"


@pytest.mark.parametrize("name", ["ftp://wine/store", "file:///srv/store", "https://example.org/s"])
def test_another_kind_of_url_is_refused_by_name(name: str) -> None:
    with pytest.raises(
        StoreError, match=f"stores of the kind {name.split(':')[0]}:// cannot be opened"
    ) as caught:
        open_store(name)
    assert "s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or az://CONTAINER/PREFIX" in str(caught.value)
    assert not passes(StoreName, name)


@pytest.mark.parametrize(
    "name",
    [
        "s3://",
        "s3://me:hush@wine/store",
        "s3://wine/store?key=hush",
        "s3://wine//store",
        "s3://wine/../store",
        "s3://Wine/store",
        "s3://wine/a store",
        "s3://wine/store\n",
        "az://wine/store?sig=hush",
        "gs://me:hush@wine",
    ],
)
def test_a_url_that_is_no_place_is_refused_and_not_shown(name: str) -> None:
    with pytest.raises(
        StoreError, match=r"cannot be read; write it as ..://BUCKET/PREFIX"
    ) as caught:
        open_store(name)
    assert "hush" not in str(caught.value)
    assert not passes(StoreName, name)


def test_without_the_extra_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    with pytest.raises(StoreError, match=r"pip install -e '\.\[bucket\]'"):
        open_store("s3://wine/store")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("AWS_ENDPOINT_URL", "127.0.0.1:27310", "AWS_ENDPOINT_URL is no URL"),
        ("AWS_ENDPOINT_URL", "s3.example.org", "AWS_ENDPOINT_URL is no URL"),
        ("AWS_ENDPOINT_URL", "", "AWS_ENDPOINT_URL is no URL"),
        ("AWS_ENDPOINT_URL", "https://bob:hidden@s3.example.org", "AWS_ENDPOINT_URL is no URL"),
        ("AWS_ACCESS_KEY_ID", "hidden\n", "AWS_ACCESS_KEY_ID holds a line end"),
        ("AWS_SESSION_TOKEN", "hid\rden", "AWS_SESSION_TOKEN holds a line end"),
        ("GOOGLE_BASE_URL", "hidden", "GOOGLE_BASE_URL is no URL"),
        ("GOOGLE_BEARER_TOKEN", "hid\nden", "GOOGLE_BEARER_TOKEN holds a line end"),
        ("AZURE_STORAGE_ENDPOINT", "hidden", "AZURE_STORAGE_ENDPOINT is no URL"),
        ("AZURE_STORAGE_ACCOUNT_KEY", "hid\nden", "AZURE_STORAGE_ACCOUNT_KEY holds a line end"),
    ],
)
def test_a_variable_that_obstore_would_not_survive_is_refused_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    monkeypatch.setenv(name, value)
    scheme = {"AWS": "s3", "GOOGLE": "gs", "AZURE": "az"}[name.partition("_")[0]]
    with pytest.raises(StoreError, match=said) as caught:
        open_store(f"{scheme}://wine/points")
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    ("scheme", "text", "said"),
    [
        ("gs", "<Code>NoSuchBucket</Code>", "there is no such bucket"),
        ("az", "<Code>ContainerNotFound</Code>", "there is no such bucket"),
        ("az", "status code: 400 <Code>InvalidInput</Code>", "InvalidInput"),
        ("gs", "http://metadata.google.internal/", "check GOOGLE_APPLICATION_CREDENTIALS"),
        ("az", "builder error", "if AZURE_STORAGE_ENDPOINT is no https, set AZURE_ALLOW_HTTP"),
    ],
)
def test_what_a_provider_refuses_names_its_own_variables(scheme: str, text: str, said: str) -> None:
    kind = FileNotFoundError if "<Code>" in text and "status" not in text else BaseError
    url = f"{scheme}://a"
    with pytest.raises(StoreError, match=said), explain_refusals(url):
        raise kind(text)


def test_a_panic_of_obstore_is_a_refusal() -> None:
    panic = type("PanicException", (BaseException,), {})
    with pytest.raises(StoreError, match="check the AWS_ variables"), explain_refusals("s3://a"):
        raise panic("InvalidHeaderValue")


@pytest.mark.parametrize("cache", ["~nobody-at-all/copies", "a-file", "a-file/copies"])
def test_a_folder_for_copies_that_cannot_be_is_told_when_the_store_is_opened(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cache: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a-file").touch()
    monkeypatch.setenv("WINE_POINTS_CACHE", cache)
    with pytest.raises(StoreError, match="WINE_POINTS_CACHE") as caught:
        open_store("s3://wine/points")
    assert "\n" not in str(caught.value)


def test_two_accounts_of_one_provider_have_two_working_folders(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "one")
    one, elsewhere = working_folder("az://wine/a"), working_folder("gs://wine/a")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "other")
    assert working_folder("az://wine/a") != one
    assert working_folder("gs://wine/a") == elsewhere
