"""Take the README's picture of the page: python .ci/screenshot.py DIR

DIR is a folder that `visrec demo --out DIR` has made: only drawn products may be shown. Needs the Chromium of
playwright, or one that VISREC_BROWSER names, and writes nbs/readme/page.png.
"""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

PICTURE = Path(__file__).resolve().parent.parent / "nbs/readme/page.png"


def wait_for(address, seconds=300):
    end = time.time() + seconds
    while time.time() < end:
        try:
            return urllib.request.urlopen(address, timeout=30)
        except OSError:
            time.sleep(1)
    raise SystemExit(f"{address} does not answer.")


def main(folder, user="C0007"):
    with socket.socket() as each:
        each.bind(("127.0.0.1", 0))
        port = each.getsockname()[1]
    command = [sys.executable, "-m", "visrec", "serve", folder, "--port", str(port), "--no-browser"]
    server, address = subprocess.Popen(command), f"http://127.0.0.1:{port}"
    try:
        wait_for(address)
        with sync_playwright() as playwright:
            given = {"executable_path": path} if (path := os.environ.get("VISREC_BROWSER")) else {}
            browser = playwright.chromium.launch(**given)
            page = browser.new_page(viewport={"width": 1000, "height": 690}, color_scheme="light")
            page.set_default_timeout(300_000)
            page.goto(f"{address}/user/{user}", wait_until="load")
            PICTURE.parent.mkdir(exist_ok=True)
            page.screenshot(path=PICTURE)
            browser.close()
    finally:
        server.terminate()
        server.wait()
    image = Image.open(PICTURE).convert("RGB").quantize(128, dither=Image.Dither.NONE)
    image.save(PICTURE, optimize=True)
    print(f"{PICTURE}: {PICTURE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
