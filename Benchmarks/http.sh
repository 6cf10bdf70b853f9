#!/usr/bin/env bash
# The HTTP server against its floor: a static route through parser, router and middleware, and the same bytes written straight from the loop.
# Rounds are interleaved; the medians and the raw output go to docs/benchmarks/.  usage: Benchmarks/http.sh [ROUNDS] [SECONDS]
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-7} seconds=${2:-4}
command -v wrk >/dev/null || { echo "install wrk first (Debian package wrk)" >&2; exit 1; }
export SWIFT_BACKTRACE=enable=no
swift build -c release --package-path Benchmarks --scratch-path .build/benchmarks --product HTTPBench >&2
bin=$(swift build -c release --package-path Benchmarks --scratch-path .build/benchmarks --show-bin-path)
out=docs/benchmarks/http.txt
mkdir -p docs/benchmarks
ports=$(mktemp)
"$bin/HTTPBench" >"$ports" &
server=$! counted= counter=
trap 'kill $server $counted 2>/dev/null; rm -rf "$ports" "$counter"' EXIT
until [ -s "$ports" ]; do sleep 0.05; done
read -r port floor <"$ports"
{
    echo "machine: $(nproc) cores, $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2- | xargs), $(swift --version 2>/dev/null | head -1)"
    echo "wrk -t1 -c64 -d${seconds}s, 2 loops, keep-alive; $rounds interleaved rounds: requests/s, us of processor time a request"
    echo "load of the machine before: $(cut -d' ' -f1-3 /proc/loadavg)"
    for round in $(seq "$rounds"); do
        for what in "server $port /health" "floor $floor /health"; do
            read -r name p path <<<"$what"
            before=$(awk '{print $14 + $15}' /proc/$server/stat)
            rate=$(wrk -t1 -c64 -d"${seconds}s" "http://127.0.0.1:$p$path" | awk '/Requests\/sec/ {print $2}')
            ticks=$(($(awk '{print $14 + $15}' /proc/$server/stat) - before))
            echo "round $round $name $rate $(awk -v t="$ticks" -v r="$rate" -v s="$seconds" 'BEGIN {printf "%.1f", t * 10000 / (r * s)}')"
        done
    done
} | tee "$out.raw"
awk '
    /^round/ { rates[$3] = rates[$3] " " $4; cpu[$3] = cpu[$3] " " $5; rate[$3] = $4 }
    /^round .* floor / { pairs = pairs " " rate["server"] / rate["floor"] }
    function median(text,   n, a, i, j, t) {
        n = split(text, a, " ")
        for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++) if (a[j] + 0 < a[i] + 0) { t = a[i]; a[i] = a[j]; a[j] = t }
        return a[int((n + 1) / 2)]
    }
    END {
        s = median(rates["server"]); f = median(rates["floor"])
        printf "median server %d/s, floor %d/s, ratio %.2f (goal: at least 0.80, that is within a fifth of the floor)\n", s, f, s / f
        printf "median of the ratios of each round: %.2f\n", median(pairs)
        printf "median processor time: server %.1f us, floor %.1f us a request\n", median(cpu["server"]), median(cpu["floor"])
    }' "$out.raw" | tee "$out"
# Allocations are counted on a process of their own, for counting costs time.
counter=$(mktemp -d)
clang -O2 -shared -fPIC -o "$counter/count.so" Benchmarks/tools/count-allocations.c
LD_PRELOAD=$counter/count.so ALLOCATION_COUNTER=$counter/count "$bin/HTTPBench" >"$counter/ports" &
counted=$!
until [ -s "$counter/ports" ]; do sleep 0.05; done
read -r port floor <"$counter/ports"
count() { od -An -t u8 "$counter/count" | tr -d ' '; }
for what in "server $port" "floor $floor"; do
    read -r name p <<<"$what"
    wrk -t1 -c16 -d1s "http://127.0.0.1:$p/health" >/dev/null
    before=$(count)
    requests=$(wrk -t1 -c16 -d1s "http://127.0.0.1:$p/health" | awk '/requests in/ {print $1}')
    awk -v n="$name" -v a="$(($(count) - before))" -v r="$requests" 'BEGIN { printf "%s: %.1f allocations a request\n", n, a / r }' | tee -a "$out"
done
echo "resident memory of the server: $(awk '/VmRSS/ {print $2 " kB"}' /proc/$server/status)" | tee -a "$out"
cat "$out.raw" >>"$out"
rm -f "$out.raw"
