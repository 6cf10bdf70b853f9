"""Drains COUNT jobs that do nothing with pgqueuer, one process, as many connections as it likes: the peer of JobsBench drain.

usage: pgqueuer_drain.py URL COUNT [BATCH]
"""
import asyncio
import sys
import time

import asyncpg
import uvloop
from pgqueuer import QueueManager
from pgqueuer.db import AsyncpgPoolDriver
from pgqueuer.queries import Queries
from pgqueuer.types import QueueExecutionMode


async def main(url: str, count: int, batch: int) -> None:
    pool = await asyncpg.create_pool(url, min_size=4, max_size=8)
    queries = Queries(AsyncpgPoolDriver(pool))
    await queries.install()
    began = time.perf_counter()
    for start in range(0, count, 10_000):
        n = min(10_000, count - start)
        await queries.enqueue(["nothing"] * n, [b'{"number": 1}'] * n, [0] * n)
    enqueue = count / (time.perf_counter() - began)
    manager = QueueManager(queries)
    done = 0

    @manager.entrypoint("nothing")
    async def nothing(job) -> None:
        nonlocal done
        done += 1

    began = time.perf_counter()
    await manager.run(batch_size=batch, mode=QueueExecutionMode.drain)
    took = time.perf_counter() - began
    assert done == count, f"only {done} of {count} ran"
    print(f"enqueue {enqueue:.0f} drain {count / took:.0f}")
    await pool.close()


uvloop.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 100))
