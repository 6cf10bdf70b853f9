#!/usr/bin/env bash
# Taking in the provider's events (verify, keep with the job, answer) by the release API, and the same statements run by pgbench on the same server:
# interleaved rounds (goal: at least 0.8 times as many), then the times of answers at 1,000 events a second (goal: p99 below 50 ms).
# Medians and raw output go to docs/benchmarks/webhooks.txt.  usage: Benchmarks/webhooks.sh [ROUNDS] [SECONDS]
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-5} seconds=${2:-5} connections=8
for tool in wrk pgbench; do
    command -v "$tool" >/dev/null || PATH=$PATH:$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -1)
    command -v "$tool" >/dev/null || { echo "install $tool first" >&2; exit 1; }
done
. Benchmarks/product.bash
build_product
python=$(Scripts/python Benchmarks/peers/lifecycle.requirements.txt)
out=docs/benchmarks/webhooks.txt
make_database "$BENCH_BIN"
secret=whsec_benchbenchbenchbenchbenchbenchbench
export TRELLIS_PUBLIC_URL=http://127.0.0.1 TRELLIS_STRIPE_WEBHOOK_SECRETS=$secret TRELLIS_STRIPE_SECRET_KEY=sk_test_bench TRELLIS_STRIPE_API_BASE=http://127.0.0.1:9
start_api "$BENCH_BIN"
target=http://127.0.0.1:$port/v1/webhooks/stripe

# What one delivery makes the database do, out of its own log.
mark=1BENCHMARKBENCHMARK0
server_log=$(cat "$work/postgres/location")/server.log
setting() { psql -qX "$url" -c "ALTER SYSTEM SET log_statement = '$1'" -c 'SELECT pg_reload_conf()' >/dev/null; }
"$python" Benchmarks/peers/webhooks.py send "$target" "$secret" "${mark%0}9"
setting all
until [ "$(psql -qtAX "$url" -c 'SHOW log_statement')" = all ]; do :; done
"$python" Benchmarks/peers/webhooks.py send "$target" "$secret" "$mark"
setting none
"$python" Benchmarks/peers/webhooks.py statements "$server_log" "$url" "$mark" >"$work/statements.sql"
psql -qX "$url" -c 'VACUUM ANALYZE'

rate_of_wrk() { awk '/Requests\/sec/ { print $2 }' "$work/wrk"; }
send_with() { # arguments of wrk
    wrk -t1 --latency -s "$work/deliveries.lua" "$@" "$target" >"$work/wrk"
    if grep -qE 'Non-2xx|Socket errors' "$work/wrk"; then cat "$work/wrk" >&2; exit 1; fi
}
sent=0
{
    machine
    echo "statements of one delivery, as pgbench runs them:"
    sed 's/^/    /' "$work/statements.sql" | cut -c1-400
    echo "wrk -t1 -c64 -d${seconds}s; pgbench -c$connections -M prepared -T$seconds; events/s"
    for round in $(seq "$rounds"); do
        "$python" Benchmarks/peers/webhooks.py deliveries $((12000 * seconds)) "$secret" "$work/deliveries.lua"
        send_with -c64 -d"${seconds}s"
        echo "round $round api $(rate_of_wrk)"
        pgbench -n -f "$work/statements.sql" -M prepared -c"$connections" -j2 -T"$seconds" "$url" >"$work/pgbench" 2>&1 || { cat "$work/pgbench" >&2; exit 1; }
        rate=$(awk "/^tps/ { print \$3 }" "$work/pgbench")
        echo "round $round pgbench $rate"
    done
    "$python" Benchmarks/peers/webhooks.py deliveries $((1500 * seconds * 2)) "$secret" "$work/deliveries.lua"
    # 64 connections, each with a pause of 64 ms on average: a thousand a second.
    PAUSE=64 send_with -c64 -d"$((seconds * 2))s"
    echo "at $(rate_of_wrk)/s: $(awk '/ (50|90|99)%/ { printf "p%s %s  ", $1, $2 }' "$work/wrk")"
    sent=$(psql -qtAX "$url" -c 'SELECT count(*) FROM billing.inbound_event')
    echo "events kept: $sent, jobs waiting: $(psql -qtAX "$url" -c 'SELECT count(*) FROM jobs.job')"
} | tee "$work/raw"
{
    a=$(awk '$1 == "round" && $3 == "api" { print $4 }' "$work/raw" | median)
    p=$(awk '$1 == "round" && $3 == "pgbench" { print $4 }' "$work/raw" | median)
    awk -v a="$a" -v p="$p" 'BEGIN { printf "median api %d/s, pgbench %d/s, ratio %.2f (goal: at least 0.8)\n", a, p, a / p }'
    grep '^at ' "$work/raw"
} | tee "$out"
cat "$work/raw" >>"$out"
