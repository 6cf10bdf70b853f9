#!/usr/bin/env bash
# Draining a full queue, history included, against pgqueuer (PyPI) in the same run and on the same PostgreSQL; then the way of one job
# through an idle queue. Medians and raw output go to docs/benchmarks/.  usage: Benchmarks/jobs.sh [ROUNDS] [COUNT]
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-3} count=${2:-100000}
export SWIFT_BACKTRACE=enable=no
swift build -c release --package-path Benchmarks --scratch-path .build/benchmarks --product JobsBench >&2
bin=$(swift build -c release --package-path Benchmarks --scratch-path .build/benchmarks --show-bin-path)
venv=.local/pgqueuer
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -c 'import pgqueuer, asyncpg, uvloop' 2>/dev/null || "$venv/bin/pip" -q install 'pgqueuer==1.6.0' asyncpg uvloop
data=$(mktemp -d)
trap 'Scripts/postgres stop "$data"; rm -rf "$data"' EXIT
url=$(Scripts/postgres start "$data" --durable)
fresh() { # NAME: an empty database, after a checkpoint so that no round pays for the one before
    psql -qX "$url" -c "DROP DATABASE IF EXISTS $1 WITH (FORCE)" -c "CREATE DATABASE $1" -c CHECKPOINT >/dev/null 2>&1
    echo "${url%/*}/$1"
}
out=docs/benchmarks/jobs.txt
mkdir -p docs/benchmarks
{
    echo "machine: $(nproc) cores, $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2- | xargs), $(swift --version 2>/dev/null | head -1)"
    echo "$(psql --version), fsync on, $count jobs that do nothing, one worker process each, pgqueuer $("$venv/bin/pip" show pgqueuer 2>/dev/null | awk '/^Version/ {print $2}')"
    for round in $(seq "$rounds"); do
        echo "round $round trellis $("$bin/JobsBench" "$(fresh bench)" drain "$count")"
        echo "round $round pgqueuer $("$venv/bin/python" Benchmarks/peers/pgqueuer_drain.py "$(fresh bench)" "$count" 2>/dev/null)"
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
        printf "median drain trellis %d/s, pgqueuer %d/s, ratio %.2f (required: 15000/s and 1.00; goal 25000/s)\n", t, p, t / p
        printf "median enqueue in batches trellis %d/s, pgqueuer %d/s\n", median(values["trellis enqueue"]), median(values["pgqueuer enqueue"])
        printf "median WAL of a drained job %d bytes\n", median(values["trellis wal_bytes_per_job"])
        printf "idle enqueue to start: p50 %.1f ms, p99 %.1f ms (required p50: 5 ms)\n", median(values["latency p50_ms"]), median(values["latency p99_ms"])
    }' "$out.raw" | tee "$out"
cat "$out.raw" >>"$out"
rm -f "$out.raw"
