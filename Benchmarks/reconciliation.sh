#!/usr/bin/env bash
# What the nightly comparison with the payment provider costs with many subscriptions (BIL-122, BIL-125): batches, statements, reads at the provider, memory.
# The worker and the simulator by their release executables; a thousand of the subscriptions differ. Raw output goes to docs/benchmarks/reconciliation.txt.
# usage: Benchmarks/reconciliation.sh [SUBSCRIPTIONS]
set -euo pipefail
cd "$(dirname "$0")/.."
count=${1:-100000}
. Benchmarks/product.bash
build_product trellis-worker trellis-sandbox
out=docs/benchmarks/reconciliation.txt
make_database "$BENCH_BIN"
psql -qX "$url" -c "ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'"
Scripts/postgres restart "$work/postgres" >/dev/null
psql -qX "$url" -c 'CREATE EXTENSION pg_stat_statements'

start_simulator
echo "filling the simulator with $count subscriptions" >&2
objects=$(python3 -B Benchmarks/tools/reconciliation.py "$base" "$count" "$work")
psql -qX -v ON_ERROR_STOP=1 "$url" <<SQL
SET synchronous_commit = off;
SET session_replication_role = replica;
CREATE FUNCTION pg_temp.ulid(n bigint) RETURNS uuid LANGUAGE sql AS
    \$\$ SELECT (lpad(to_hex(1700000000000 + n), 12, '0') || substr(replace(gen_random_uuid()::text, '-', ''), 13))::uuid \$\$;
CREATE TEMP TABLE c (org uuid, customer text);
CREATE TEMP TABLE s (org uuid, n bigint, id text, item text, price text, starts bigint, ends bigint);
CREATE TEMP TABLE i (org uuid, id text, total bigint, paid bigint, status text, created bigint);
\copy c FROM '$work/customers'
\copy s FROM '$work/subscriptions'
\copy i FROM '$work/invoices'
INSERT INTO orgs.org (id, name, org_type, state, owner_count, created_at, updated_at) SELECT org, 'Org', 'team', 'active', 1, now(), now() FROM c;
INSERT INTO billing.customer (org_id, provider_customer_id, currency, created_at) SELECT org, customer, 'usd', now() FROM c;
INSERT INTO billing.subscription (id, org_id, resource_type, resource_id, plan_key, plan_version, interval, currency, configuration, backing_kind,
    backing_detail, provider_subscription_id, provider_item_id, provider_price_id, status, provider_sync, started_at, period_start, period_end,
    created_at, updated_at)
    SELECT pg_temp.ulid(n), org, 'graph', 'kg' || lpad(n::text, 20, '0'), 'graph:ladybug-standard', 1, 'monthly', 'usd', '{}', 'provider_subscription',
        id, id, item, price, 'active', 'confirmed', to_timestamp(starts), to_timestamp(starts),
        to_timestamp(ends) + CASE WHEN n % 100 = 0 THEN interval '1 hour' ELSE interval '0' END, now(), now()
    FROM s;
INSERT INTO billing.invoice (id, org_id, kind, provider_invoice_id, currency, subtotal, total, amount_due, amount_paid, status, created_at)
    SELECT gen_random_uuid(), org, 'provider', id, 'usd', total, total, total, paid, status, to_timestamp(created) FROM i;
-- What else a worker does at this time is not what is measured.
UPDATE billing.control SET is_on = false WHERE name = 'auto_repair';
SQL
psql -qX "$url" -c 'VACUUM (ANALYZE)' -c CHECKPOINT -c 'SELECT pg_stat_statements_reset()' >/dev/null

export TRELLIS_PUBLIC_URL=http://127.0.0.1 TRELLIS_STRIPE_SECRET_KEY=sk_test_bench TRELLIS_STRIPE_API_BASE=$base
export TRELLIS_STRIPE_WEBHOOK_SECRETS=whsec_benchbenchbenchbenchbenchbenchbench
ask() { psql -qXAt "$url" -c "$1"; }
start_worker
before=$(awk '/^VmRSS/ { print $2 }' "/proc/$worker/status")
ask "INSERT INTO jobs.job (lane, kind_id, priority, max_attempts, timeout_ms, run_at, created_at, args)
     SELECT 5, jobs.kind_id('billing.reconcile_provider'), 2, 1000, 60000, now(), now(), '{}'" >/dev/null
until [ "$(ask 'SELECT count(*) FROM billing.reconciliation_run WHERE finished_at IS NOT NULL')" = 1 ]; do
    kill -0 "$worker" 2>/dev/null || { tail -5 "$work/worker.log" >&2; exit 1; }
    sleep 1
done
{
    machine
    echo "$count subscriptions; the simulator has $objects"
    ask "SELECT 'compared ' || compared || ', different ' || found || ', took ' || round(extract(epoch FROM finished_at - started_at)) || ' s, pauses included'
         FROM billing.reconciliation_run"
    ask "SELECT 'statements of the run ' || sum(calls) || ', ' || round(sum(total_exec_time)) || ' ms in the server' FROM pg_stat_statements
         WHERE query ~ 'reconciliation_run|drift_item|compared_in|provider_customer_id|provider_invoice_id|provider_dispute|billing.refund'"
    ask "SELECT 'statement ' || calls || ' calls, ' || round(mean_exec_time::numeric, 2) || ' ms each: ' || left(regexp_replace(query, '\\s+', ' ', 'g'), 110)
         FROM pg_stat_statements WHERE query ~ 'reconciliation_run|drift_item|compared_in|provider_customer_id|provider_invoice_id'
         ORDER BY calls DESC LIMIT 12"
    echo "worker $((before / 1024)) MiB before, at most $(($(awk '/^VmHWM/ { print $2 }' "/proc/$worker/status") / 1024)) MiB"
} | tee "$out"
