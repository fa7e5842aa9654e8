"""How cost grows with rows: the data quality report, a retraining of one epoch, and scoring.

    python -m tests.benchmarks.growth ../shared/data/wine_reviews.csv.gz --rows 100000 1000000

Copies the reviews until there are enough; each copy has two words of each text swapped, and one
made-up word. Prints, for each size and command, seconds, CPU seconds per million rows, and the peak
memory of the largest process and of all; then the same of a second run, and of a run after 1 % more
rows were appended.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

from tests.benchmarks.process_usage import Usage, measure_command
from tests.benchmarks.scoring_speed import open_text

TEXT = "description"
LETTERS = "bcdfglmnprstvaeiou"
APPENDED_FRACTION = 0.01
COLUMNS = ("rows", "command", "run", "s", "CPU s per million rows", "largest MB", "all MB")
COMMANDS = ("check", "retrain", "score")


def read_rows(path: Path) -> Iterator[list[str]]:
    """Yield the header and the rows of a CSV, which may be packed with gzip."""
    with io.TextIOWrapper(open_text(path), encoding="utf-8", newline="") as file:
        yield from csv.reader(file)


def change_text(text: str, random: Random) -> str:
    """Swap two words of a text, and insert a made-up one."""
    words = text.split(" ")
    one, other = random.randrange(len(words)), random.randrange(len(words))
    words[one], words[other] = words[other], words[one]
    made_up = "".join(random.choice(LETTERS) for _ in range(8))
    words.insert(random.randrange(len(words)) + 1, made_up)
    return " ".join(words)


def write_reviews(source: Path, rows: int, target: Path) -> None:
    """Write as many reviews as asked for, numbered in the first column."""
    header, *reviews = read_rows(source)
    place = header.index(TEXT)
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        for number in range(rows):
            turn, row = divmod(number, len(reviews))
            changed = [str(number), *reviews[row][1:]]
            if turn:
                changed[place] = change_text(changed[place], Random(f"{turn} {row}"))
            writer.writerow(changed)


def append_reviews(path: Path, rows: int, source: Path) -> None:
    """Append reviews to a file of `write_reviews`, which stays as it is."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        longer = Path(folder) / "longer.csv"
        write_reviews(source, rows, longer)
        longer.replace(path)


def command_of(name: str, source: Path, folder: Path) -> list[str]:
    """Return a command with its options."""
    words = [sys.executable, "-m", "flows.wine_points", name]
    words += [f"--source={source}", f"--store={folder / 'store'}", "--json"]
    if name == "retrain":
        words += ["--preset=full", "--training.epochs=1"]
    return [*words, f"--output={folder / 'scores.parquet'}"] if name == "score" else words


def print_usage(rows: int, command: str, run: str, usage: Usage) -> None:
    """Print a row of the table; the end of what the command said, if it failed."""
    if usage.code:
        print(f"| {rows:,} | {command} | {run} | exit code {usage.code}: {usage.output[-300:]} |")
        return
    per_million = usage.cpu_seconds / rows * 1_000_000
    print(
        f"| {rows:,} | {command} | {run} | {usage.seconds:.0f} | {per_million:.0f} |"
        f" {usage.largest_mb:,.0f} | {usage.all_mb:,.0f} |",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("source", type=Path, help="CSV of reviews with the columns of the contract")
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000, 10_000_000])
    parser.add_argument("--commands", nargs="+", choices=COMMANDS, default=COMMANDS)
    parser.add_argument("--folder", type=Path, help="for files and store; by default a new one")
    asked = parser.parse_args()
    print(f"| {' | '.join(COLUMNS)} |\n|{' --- |' * len(COLUMNS)}")
    for rows in asked.rows:
        with tempfile.TemporaryDirectory(dir=asked.folder) as name:
            measure_growth(asked.source, rows, asked.commands, Path(name))


def measure_growth(source: Path, rows: int, commands: list[str], folder: Path) -> None:
    """Measure the commands on one size: first run, second run, and after 1 % more rows."""
    reviews, more = folder / "reviews.csv", round(rows * (1 + APPENDED_FRACTION))
    write_reviews(source, rows, reviews)
    for run in ("first", "second", "1 % more"):
        if run == "1 % more":
            append_reviews(reviews, more, source)
        now = more if run == "1 % more" else rows
        for command in commands:
            print_usage(now, command, run, measure_command(command_of(command, reviews, folder)))


if __name__ == "__main__":
    main()
