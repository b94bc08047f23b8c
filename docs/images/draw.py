"""Draws the README's pictures from the demonstration account: `python docs/images/draw.py`, with Chromium installed."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

HERE = Path(__file__).parent
COLUMNS = 100
LINES = 46
CHROMIUM = (
    "chromium",
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)


def on_a_terminal(command: list[str]) -> str:
    """What a program writes to a terminal."""
    master, slave = pty.openpty()
    environment = os.environ | {"COLUMNS": str(COLUMNS), "TERM": "xterm-256color"}
    process = subprocess.Popen(command, stdout=slave, stderr=subprocess.DEVNULL, env=environment)  # noqa: S603 - ours
    os.close(slave)
    written = b""
    try:
        while chunk := os.read(master, 65536):
            written += chunk
    except OSError:  # the terminal is closed when the program ends
        pass
    process.wait()
    return written.decode()


def terminal(output: str) -> None:
    """The first screen as an SVG."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    first = "\n".join(output.replace("\r\n", "\n").split("\n")[:LINES])
    console.print(Text.from_ansi(f"$ auditor scan --demo\n{first}\n…"))
    svg = console.export_svg(title="auditor", unique_id="auditor")
    (HERE / "terminal.svg").write_text(re.sub(r"(?s)@font-face \{.*?\}\s*", "", svg))  # nothing from the network


def report(page: Path) -> None:
    """The first screen of the HTML report as a PNG."""
    with tempfile.TemporaryDirectory() as profile:
        picture = f"--screenshot={HERE / 'report.png'}"
        command = [*CHROMIUM, f"--user-data-dir={profile}", "--window-size=1280,1180", picture, page.as_uri()]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - ours


def main() -> None:
    """Scan the demonstration account and draw."""
    with tempfile.TemporaryDirectory() as folder:
        output = on_a_terminal([sys.executable, "-m", "auditor", "scan", "--demo", "--output-dir", folder])
        terminal(output)
        report(next(Path(folder).glob("*.html")))


main()
