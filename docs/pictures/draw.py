"""Draw the README's pictures from demo reviews: a run page, and the run in Prefect's UI.

    python docs/pictures/draw.py

Serves the deployments for some minutes. Needs Debian's chromium.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from flows.retraining import TUNING

HERE = Path(__file__).parent
WIDTH = 1100
COLORS = 128
"""Few enough for small files, enough for what is mostly text."""
ROOT = HERE.parents[1]
DRAWN = HERE / "drawn.sha256"
TEMPLATES = ("page.html", "macros.html", "run_report.html", "run_macros.html")
RETRAIN = "deployment run retraining/weekly --param source=demo --param preset=demo --watch"


def digest_content() -> str:
    """Return the SHA-256 of what the pictures show: the page's templates and the tasks' names.

    The tasks of a tuning are not in the pictures.
    """
    digest = hashlib.sha256()
    for name in TEMPLATES:
        digest.update((ROOT / "tasks/pages" / name).read_bytes())
    for path in sorted((ROOT / "tasks").glob("*.py")):
        if path.stem in TUNING:
            continue
        tasks = re.findall(r"^@(?:stage|action)\(.*\)\ndef (\w+)", path.read_text(), re.MULTILINE)
        digest.update(" ".join(tasks).encode())
    return digest.hexdigest()


def call(module: str, words: str, environment: dict[str, str]) -> str:
    """Call a module's command, and return its output."""
    command = [sys.executable, "-m", module, *words.split()]
    ended = subprocess.run(command, env=environment, text=True, stdout=subprocess.PIPE, check=True)
    return ended.stdout


@contextlib.contextmanager
def served(home: Path) -> Iterator[dict[str, str]]:
    """Serve the deployments on a free port; give the environment that finds the server."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    environment = os.environ | {"PREFECT_HOME": str(home)}
    environment.pop("PREFECT_API_URL", None)
    words = ["flows.serve", f"--port={port}", f"--store={home / 'store'}"]
    serving = subprocess.Popen(
        [sys.executable, "-m", *words], env=environment, text=True, stdout=subprocess.PIPE
    )
    assert serving.stdout
    next(line for line in serving.stdout if "a worker waits" in line)
    try:
        yield environment | {"PREFECT_API_URL": f"http://127.0.0.1:{port}/api"}
    finally:
        call("flows.stop", "", environment)
        serving.wait()


def draw(page: Page, url: str, height: int, name: str) -> None:
    """Draw the top of a page."""
    page.set_viewport_size({"width": WIDTH, "height": height})
    page.goto(url)
    time.sleep(5)  # Prefect's UI asks for what it shows
    page.screenshot(path=HERE / name)
    Image.open(HERE / name).convert("RGB").quantize(COLORS).save(HERE / name, optimize=True)


def main() -> None:
    """Draw all pictures."""
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as environment:
        said = call("prefect", RETRAIN, environment)
        run = re.findall(r"http://\S+/runs/flow-run/[0-9a-f-]{36}", said)[0]
        report = next(Path(folder, "store/report").rglob("report.html"))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            page = browser.new_page()
            draw(page, report.as_uri(), 1480, "run-page.png")
            draw(page, f"{run}?tab=Parameters", 760, "prefect-run.png")
            browser.close()
    DRAWN.write_text(f"{digest_content()}\n")


if __name__ == "__main__":
    main()
