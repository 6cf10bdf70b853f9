#!/usr/bin/env bash
# Draining a full queue, history included, against pgqueuer and procrastinate (PyPI) in the same run and on the same PostgreSQL, once more while another
# session keeps an old snapshot, what a job adds to the transaction that carries it (OPS-144), and the way of one job through an idle queue (OPS-145).
# procrastinate takes one job at a time, so it gets fewer. Medians and raw output go to docs/benchmarks/.  usage: Benchmarks/jobs.sh [ROUNDS] [COUNT]
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-3} count=${2:-100000}
export SWIFT_BACKTRACE=enable=no
swift build -c release --package-path Benchmarks --scratch-path .build/benchmarks --product JobsBench >&2
bin=$(swift build -c release --package-path Benchmarks --scratch-path .build/benchmarks --show-bin-path)
venv=.local/queues
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -c 'import pgqueuer, asyncpg, uvloop, procrastinate, psycopg' 2>/dev/null \
    || "$venv/bin/pip" -q install 'pgqueuer==1.6.0' asyncpg uvloop 'procrastinate==3.10.0' 'psycopg[binary,pool]'
data=$(mktemp -d)
trap 'Scripts/postgres stop "$data"; rm -rf "$data"' EXIT
url=$(Scripts/postgres start "$data" --durable)
fresh() { # NAME: an empty database, after a checkpoint so that no round pays for the one before
    psql -qX "$url" -c "DROP DATABASE IF EXISTS $1 WITH (FORCE)" -c "CREATE DATABASE $1" -c CHECKPOINT >/dev/null 2>&1
    echo "${url%/*}/$1"
}
pinned() { # DATABASE: the queue while a session of the same database keeps a snapshot from before
    coproc snapshot { psql -qXAt "$1"; }
    echo "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 'held';" >&"${snapshot[1]}"
    read -r _ <&"${snapshot[0]}"
    "$bin/JobsBench" "$1" drain "$count"
    echo "ROLLBACK; \\q" >&"${snapshot[1]}"
    wait "$snapshot_PID"
}
version() { "$venv/bin/pip" show "$1" 2>/dev/null | awk '/^Version/ {print $2}'; }
out=docs/benchmarks/jobs.txt
mkdir -p docs/benchmarks
{
    echo "machine: $(nproc) cores, $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2- | xargs), $(swift --version 2>/dev/null | head -1)"
    echo "$(psql --version), fsync on, $count jobs that do nothing, one worker process each, pgqueuer $(version pgqueuer), procrastinate $(version procrastinate)"
    for round in $(seq "$rounds"); do
        echo "round $round trellis $("$bin/JobsBench" "$(fresh bench)" drain "$count")"
        echo "round $round pgqueuer $("$venv/bin/python" Benchmarks/peers/pgqueuer_drain.py "$(fresh bench)" "$count" 2>/dev/null)"
        echo "round $round procrastinate $("$venv/bin/python" Benchmarks/peers/procrastinate_drain.py "$(fresh bench)" $((count / 50)) 2>/dev/null)"
        echo "round $round pinned $(pinned "$(fresh bench)")"
        echo "round $round attach $("$bin/JobsBench" "$(fresh bench)" attach 2000)"
        echo "round $round latency $("$bin/JobsBench" "$(fresh bench)" latency 200)"
    done
} | tee "$out.raw"
awk '
    /^round/ { for (i = 4; i < NF; i += 2) values[$3 " " $i] = values[$3 " " $i] " " $(i + 1) }
    function median(text,   n, a, i, j, t) {
        n = split(text, a, " ")
        for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++) if (a[j] + 0 < a[i] + 0) { t = a[i]; a[i] = a[j]; a[j] = t }
        return a[int((n + 1) / 2)]
    }
    END {
        t = median(values["trellis drain"]); p = median(values["pgqueuer drain"])
        printf "median drain trellis %d/s, pgqueuer %d/s, procrastinate %d/s, ratio to the better %.2f (required: 10000/s; goal 25000/s and 2.00)\n", t, p, median(values["procrastinate drain"]), t / p
        printf "median drain under an old snapshot %d/s, %d %% less (required: at most 20 %%)\n", median(values["pinned drain"]), (1 - median(values["pinned drain"]) / t) * 100
        printf "median enqueue in batches trellis %d/s, pgqueuer %d/s, procrastinate %d/s (required: 40000/s; goal 60000/s)\n", median(values["trellis enqueue"]), median(values["pgqueuer enqueue"]), median(values["procrastinate enqueue"])
        printf "median transaction %d us without a job, %d us with one, %d %% more (required: at most 10 %%)\n", median(values["attach without_us"]), median(values["attach with_us"]), median(values["attach added_percent"])
        printf "median WAL of a drained job %d bytes\n", median(values["trellis wal_bytes_per_job"])
        printf "idle enqueue to start: p50 %.1f ms, p99 %.1f ms (required: 5 ms and 25 ms)\n", median(values["latency p50_ms"]), median(values["latency p99_ms"])
    }' "$out.raw" | tee "$out"
cat "$out.raw" >>"$out"
rm -f "$out.raw"
