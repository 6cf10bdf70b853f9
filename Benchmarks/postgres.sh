#!/usr/bin/env bash
# The database client against pgbench: one row by its key with a prepared statement, the same connections, interleaved rounds.
# Medians and raw output go to docs/benchmarks/.  usage: Benchmarks/postgres.sh [ROUNDS] [SECONDS]
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-5} seconds=${2:-5} connections=8 loops=2 scale=10
export SWIFT_BACKTRACE=enable=no
swift build -c release --package-path Benchmarks --scratch-path .build/benchmarks --product PostgresBench >&2
bin=$(swift build -c release --package-path Benchmarks --scratch-path .build/benchmarks --show-bin-path)
pgbench=$(printf '%s\n' /usr/lib/postgresql/*/bin/pgbench | sort -V | tail -1)
data=$(mktemp -d)
trap 'Scripts/postgres stop "$data"; rm -rf "$data"' EXIT
url=$(Scripts/postgres start "$data" --durable)
"$pgbench" -i -q -s "$scale" "$url" >/dev/null 2>&1
out=docs/benchmarks/postgres.txt
mkdir -p docs/benchmarks
{
    echo "machine: $(nproc) cores, $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2- | xargs), $(swift --version 2>/dev/null | head -1)"
    echo "$("$pgbench" --version), $connections connections, $loops threads or loops, scale $scale, ${seconds} s a round, TCP on loopback"
    for round in $(seq "$rounds"); do
        rate=$("$pgbench" -n -S -M prepared -c "$connections" -j "$loops" -T "$seconds" "$url" 2>/dev/null | awk '/^tps/ {print int($3)}')
        echo "round $round pgbench $rate"
        read -r rate used < <("$bin/PostgresBench" "$url" "$connections" "$loops" "$seconds" $((scale * 100000)))
        echo "round $round client $rate cpu_us_per_statement $used"
    done
} | tee "$out.raw"
awk '
    /^round/ { rates[$3] = rates[$3] " " $4 }
    function median(text,   n, a, i, j, t) {
        n = split(text, a, " ")
        for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++) if (a[j] + 0 < a[i] + 0) { t = a[i]; a[i] = a[j]; a[j] = t }
        return a[int((n + 1) / 2)]
    }
    END {
        c = median(rates["client"]); p = median(rates["pgbench"])
        printf "median client %d/s, pgbench %d/s, ratio %.2f (goal: at least 0.80)\n", c, p, c / p
    }' "$out.raw" | tee "$out"
cat "$out.raw" >>"$out"
rm -f "$out.raw"
