from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import httpx
import pytest

from flows.environment import LOOPBACK, explain_settings_error, prepare_environment
from tests.commands import ROOT

pytestmark = pytest.mark.heavy

NOBODY = "import pwd\ndef unknown(_): raise KeyError\npwd.getpwuid = unknown\n"


def import_flows(code: str = "", **changes: str | None) -> subprocess.CompletedProcess[str]:
    """Import the flows in a process with changes to its environment; None unsets."""
    environment = {k: v for k, v in (os.environ | changes).items() if v is not None}
    return subprocess.run(
        [sys.executable, "-c", f"{code}import flows"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("code", "changes", "reason"),
    [
        (NOBODY, {"HOME": None, "PREFECT_HOME": None}, "this user has no home folder"),
        (
            "",
            {"HOME": "/proc/nowhere", "PREFECT_HOME": None},
            "/proc/nowhere/.prefect",
        ),
        (
            "",
            {"PREFECT_HOME": "/dev/null/home"},
            "/dev/null/home",
        ),
        ("", {"PREFECT_HOME": "/proc"}, "/proc"),
        (
            "",
            {"PREFECT_HOME": "~nobody-here/prefect"},
            "~nobody-here/prefect names a user who does not exist",
        ),
    ],
)
def test_without_a_home_that_can_be_written_the_variable_to_set_is_named(
    code: str, changes: dict[str, str | None], reason: str
) -> None:
    ended = import_flows(code, **changes)
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert line.startswith(f"error: {reason}")
    assert ("cannot be used (" in line) == reason.startswith("/")
    assert line.endswith(": set PREFECT_HOME to a writable folder")


def test_a_home_is_made_where_it_is_missing(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    assert import_flows(PREFECT_HOME=str(home)).returncode == 0
    assert home.is_dir()


def test_a_user_without_a_home_needs_prefects_alone(tmp_path: Path) -> None:
    code = f"{NOBODY}import flows, prefect.settings; print(prefect.settings.PREFECT_HOME.value())\n"
    ended = import_flows(code, HOME=None, PREFECT_HOME=str(tmp_path))
    assert (ended.returncode, ended.stdout) == (0, f"{tmp_path}\n"), ended.stderr


def test_who_imported_prefect_before_has_a_home() -> None:
    code = "import sys; sys.modules['prefect'] = sys\n"
    assert import_flows(code, PREFECT_HOME="/proc").returncode == 0


@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
def test_this_machine_is_reached_without_a_proxy_and_others_as_before(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for known in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(known, raising=False)
    monkeypatch.setenv(name, "intra.example.org")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example.org:3128")
    monkeypatch.setenv("http_proxy", "http://proxy.example.org:3128")
    prepare_environment()
    prepare_environment()
    assert (
        os.environ["NO_PROXY"]
        == os.environ["no_proxy"]
        == ",".join(["intra.example.org", *LOOPBACK])
    )
    for host in (*LOOPBACK[:2], "[::1]", "intra.example.org", "example.com"):
        with httpx.Client() as client:
            transport = client._transport_for_url(httpx.URL(f"http://{host}:4200/api"))
            assert (transport is client._transport) == (host != "example.com")
    assert urllib.request.proxy_bypass("127.0.0.1:4200")


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"ALL_PROXY": "socks://127.0.0.1:9", "SSL_CERT_FILE": None, "SSL_CERT_DIR": None},
            "error: cannot use the proxies (Unknown scheme for proxy URL "
            "URL('socks://127.0.0.1:9')): correct or unset ALL_PROXY or NO_PROXY",
        ),
        (
            {"NO_PROXY": "example.org:port", "no_proxy": None},
            "error: cannot use the proxies (Invalid port: 'port'): correct or unset NO_PROXY",
        ),
        (
            {"SSL_CERT_FILE": "/nowhere.pem", "SSL_CERT_DIR": None},
            "error: cannot read the certificates (there is no such file or folder): "
            "correct or unset SSL_CERT_FILE",
        ),
    ],
)
def test_what_httpx_cannot_use_is_named_with_its_variable(
    changes: dict[str, str | None], line: str
) -> None:
    ended = import_flows(**changes)
    assert (ended.returncode, ended.stderr) == (1, f"{line}\n")


@pytest.mark.parametrize(
    ("host", "is_added"),
    [
        ("127.0.0.2", True),
        ("0.0.0.0", True),  # noqa: S104 - a name, nothing listens
        ("localhost.", True),
        ("prefect.localhost", True),
        ("10.0.0.1", False),
        ("prefect.example.org", False),
        ("[", False),
    ],
)
def test_other_names_of_this_machine_are_reached_without_a_proxy(
    host: str, is_added: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for known in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(known, raising=False)
    monkeypatch.setenv("PREFECT_API_URL", f"http://{host}:4200/api")
    prepare_environment()
    assert (host in os.environ["NO_PROXY"].split(",")) == is_added


def test_proxies_and_networks_as_people_write_them_are_taken() -> None:
    written = "fe80::/10,[::1], *.example.org ,10.0.0.0/8"
    changes = {"NO_PROXY": written, "no_proxy": None, "ALL_PROXY": "socks5://127.0.0.1:9"}
    code = "import httpx, os, flows; httpx.Client(); print(os.environ['NO_PROXY'])\n"
    ended = import_flows(code, **changes)
    assert ended.stderr == ""
    assert ended.stdout == "::1,*.example.org,10.0.0.0/8,localhost,127.0.0.1\n"


@pytest.mark.parametrize(
    ("setting", "profiles", "reason"),
    [
        ("INFO", "[profiles.x", "Expected ']' at the end of a table declaration"),
        ("chatty", "", "Input should be 'DEBUG'"),
    ],
)
def test_settings_that_prefect_cannot_read_are_one_line(
    setting: str, profiles: str, reason: str, tmp_path: Path
) -> None:
    (tmp_path / "profiles.toml").write_text(profiles)
    changes = {"PREFECT_HOME": str(tmp_path), "PREFECT_LOGGING_LEVEL": setting}
    ended = import_flows("import flows, prefect.settings, prefect.main\n", **changes)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert ended.stderr.splitlines()[-1].startswith("error: Prefect cannot read its settings (")
    assert reason in ended.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("module", "words"), [("deploy", []), ("champion", ["list"]), ("retraining", [])]
)
def test_every_command_says_so_and_shows_no_value(module: str, words: list[str]) -> None:
    code = f"import sys, flows.{module} as command; sys.exit(command.main({words}))\n"
    ended = import_flows(code, PREFECT_API_URL="http://somebody:secret@[::1/api")
    line = ended.stderr.splitlines()[-1]
    assert ended.returncode == 1
    assert line.startswith("error: Prefect cannot read its settings (Value error, Invalid IPv6 URL")
    assert "secret" not in line


def test_other_errors_are_shown_as_python_does() -> None:
    ended = import_flows("import flows; 1 / 0\n")
    assert "Traceback" in ended.stderr
    assert "ZeroDivisionError" in ended.stderr


@pytest.mark.parametrize(
    ("error", "told"), [("ValueError('x')", True), ("KeyboardInterrupt", False)]
)
def test_ctrl_c_while_prefect_reads_a_setting_is_no_error_of_the_settings(
    error: str, told: bool
) -> None:
    with pytest.raises((ValueError, KeyboardInterrupt)) as raised:
        exec(compile(f"raise {error}", "/lib/prefect/settings/base.py", "exec"))  # noqa: S102
    assert bool(explain_settings_error(raised.value)) == told
