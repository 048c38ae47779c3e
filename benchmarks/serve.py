"""How fast the page answers: many connections on this machine, a mix of pages, pictures and API calls.

    python benchmarks/serve.py DIR --connections 200 --seconds 60 --results results/benchmark-serve.json

The server runs in a process of its own, the clients in this one. Every connection asks, waits for the answer, and
asks again at once.
"""

import argparse
import asyncio
import json
import random
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import quote

import numpy as np

# parts in 100
MIX = {"catalog": 15, "item": 20, "thumb": 30, "user": 15, "api recommend": 10, "api similar": 5, "api search": 5}


def addresses(kind: str, items: list[str], users: list[str], source: random.Random) -> str:
    "A random address of a kind."
    item, user = quote(source.choice(items), safe=""), quote(source.choice(users), safe="")
    return {
        "catalog": f"/search?page={source.randint(1, max(1, len(items) // 24))}",
        "item": f"/item/{item}",
        "thumb": f"/thumb/{item}",
        "user": f"/user/{user}",
        "api recommend": f"/api/recommend?user={user}&image_weight={source.randint(0, 4) / 4}"
        f"&diversity={source.randint(0, 2) / 4}",
        "api similar": f"/api/similar?item={item}",
        "api search": f"/api/search?q={source.choice('abcdefghij')}",
    }[kind]


async def connection(
    port: int, until: float, source: random.Random, items: list[str], users: list[str], times: dict, errors: list
):
    "One client: ask, read, ask again, until the time is over."
    reader = writer = None
    while time.perf_counter() < until:
        kind = source.choices(list(MIX), list(MIX.values()))[0]
        path = addresses(kind, items, users, source)
        start = time.perf_counter()
        try:
            if writer is None:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
            length = int(re.search(rb"content-length: (\d+)", head, re.I).group(1))
            await asyncio.wait_for(reader.readexactly(length), 30)
            if not head.startswith(b"HTTP/1.1 200"):
                errors.append(f"{path}: {head.splitlines()[0].decode()}")
            times[kind].append(time.perf_counter() - start)
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            errors.append(f"{path}: {type(error).__name__}")
            if writer:
                writer.close()
            writer = None
    if writer:
        writer.close()


async def load(port: int, connections: int, seconds: float, items: list[str], users: list[str]) -> tuple[dict, list]:
    "All clients at once."
    times, errors, until = {kind: [] for kind in MIX}, [], time.perf_counter() + seconds
    await asyncio.gather(
        *(connection(port, until, random.Random(each), items, users, times, errors) for each in range(connections))
    )
    return times, errors


def describe(times: list[float]) -> dict:
    "Number and percentiles, in milliseconds."
    milliseconds = 1000 * np.array(times or [np.nan])
    return {
        "requests": len(times),
        **{f"p{each}_ms": round(float(np.percentile(milliseconds, each)), 1) for each in (50, 95, 99)},
        "max_ms": round(float(milliseconds.max()), 1),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dir", type=Path, help="folder that `visrec run` has made")
    parser.add_argument("--connections", type=int, default=200, help="open at once (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=60, help="how long (default: %(default)s)")
    parser.add_argument("--results", type=Path, help="write the numbers to this JSON file")
    given = parser.parse_args()
    code = "import sys; from visrec.serving.cli import main; sys.exit(main(sys.argv[1:]))"
    begin = time.perf_counter()
    server = subprocess.Popen(
        [sys.executable, "-c", code, "serve", str(given.dir), "--port", "0", "--no-browser"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        found = re.search(r":(\d+)/", server.stdout.readline())
        if not found:
            sys.exit("the server did not start: see its message above")
        port = int(found.group(1))
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
            answer.read()
        start_seconds = time.perf_counter() - begin
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/search?k=1000", timeout=30) as answer:
            found = json.load(answer)
        items, total = [str(each["item_id"]) for each in found["items"]], found["count"]
        from visrec.evaluation.evaluate import machine
        from visrec.serving.store import load_recommender  # this module knows the recommender of a run

        users = [str(each) for each in load_recommender(given.dir / "recommender.npz").user_ids_]
        times, errors = asyncio.run(load(port, given.connections, given.seconds, items, users))
    finally:
        server.terminate()
        server.wait(10)
    every = [each for kind in times.values() for each in kind]
    result = {
        "what": "the page under load",
        "command": f"python benchmarks/serve.py DIR --connections {given.connections} --seconds {given.seconds:g}",
        "machine": machine(), "data": {"items": total, "users": len(users)}, "connections": given.connections,
        "seconds": given.seconds, "mix_percent": MIX, "start_to_first_page_seconds": round(start_seconds, 2),
        "requests_per_second": round(len(every) / given.seconds, 1), "errors": len(errors), "first_errors": errors[:5],
        "all": describe(every), **{kind: describe(values) for kind, values in times.items()},
    }  # fmt: skip
    print(json.dumps(result, indent=1))
    if given.results:
        from visrec.internals.files import write_json

        write_json(given.results, result)


if __name__ == "__main__":
    main()
