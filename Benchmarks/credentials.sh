#!/usr/bin/env bash
# What a credential costs before the database is asked (ID-161): checking a token and hashing a key, on one core, by the wall clock, which is never less
# than the time of the processor. Medians of the rounds and raw output go to docs/benchmarks/credentials.txt.  usage: Benchmarks/credentials.sh [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-5} count=20000
export SWIFT_BACKTRACE=enable=no
swift build -c release --package-path Benchmarks --scratch-path .build/benchmarks --product AuthenticationBench >&2
bin=$(swift build -c release --package-path Benchmarks --scratch-path .build/benchmarks --show-bin-path)/AuthenticationBench
out=docs/benchmarks/credentials.txt
for round in $(seq "$rounds"); do "$bin" credentials - "$count" | sed "s/^/round $round /"; done >"$out.raw"
{
    echo "medians of $rounds rounds of $count calls each, microseconds (goals: a token at most 150, a key at most 5)"
    for name in "token first" "token again" "key hash"; do
        awk -v name="$name" 'index($0, " " name " ") { for (i = 1; i < NF; i++) if ($i == "p50_us") print $(i + 1) }' "$out.raw" | sort -n |
            awk -v name="$name" '{ all[NR] = $1 } END { printf "%-12s p50 %4d\n", name, all[int((NR + 1) / 2)] }'
    done
    echo "machine: $(nproc) cores, $(awk -F': ' '/model name/ { print $2; exit }' /proc/cpuinfo); load $(cut -d' ' -f1-3 /proc/loadavg)"
    cat "$out.raw"
} | tee "$out"
rm -f "$out.raw"
