"""Drains COUNT jobs that do nothing with procrastinate, one process, history kept: a peer of JobsBench drain.

usage: procrastinate_drain.py URL COUNT [CONCURRENCY]
"""
import asyncio
import sys
import time

from procrastinate import App, PsycopgConnector


async def main(url: str, count: int, concurrency: int) -> None:
    app = App(connector=PsycopgConnector(conninfo=url, min_size=4, max_size=8))
    done = 0

    @app.task(name="nothing")
    async def nothing(number: int) -> None:
        nonlocal done
        done += 1

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        began = time.perf_counter()
        for start in range(0, count, 10_000):
            await nothing.batch_defer_async(*({"number": number} for number in range(start, min(start + 10_000, count))))
        enqueue = count / (time.perf_counter() - began)
        began = time.perf_counter()
        await app.run_worker_async(concurrency=concurrency, wait=False, install_signal_handlers=False, delete_jobs="never")
        took = time.perf_counter() - began
    assert done == count, f"only {done} of {count} ran"
    print(f"enqueue {enqueue:.0f} drain {count / took:.0f}")


asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 100))
