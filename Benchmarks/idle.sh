#!/usr/bin/env bash
# What idle cancellation costs (IDL-076, IDL-T53), each goal a line of the answer:
#   gate      authenticating with the view of pending cases beside authenticating without it, and with cases pending elsewhere; interleaved, in the server
#   gated     the statement that notes a use and orders the reversal, for a person with a case pending
#   evaluate  what an evaluation asks that grows with an org: the last use by, and the number of, 1,000 members with 10,000 credentials
#   accepted  from a request, through API, queue and worker, to the accepted reversal
#   preview   `trellis idle preview` over all subscriptions: its time, and the most memory it held
# Medians over the rounds and raw output go to docs/benchmarks/idle.txt.  usage: Benchmarks/idle.sh [ROUNDS] [PEOPLE, in thousands]
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-5} orgs=${2:-100}
people=$((orgs * 1000))
. Benchmarks/product.bash
build_product trellis-worker
out=docs/benchmarks/idle.txt
make_database "$BENCH_BIN"
export TRELLIS_PUBLIC_URL=http://127.0.0.1 TRELLIS_STRIPE_SECRET_KEY=sk_test_bench TRELLIS_STRIPE_API_BASE=http://127.0.0.1:9
export TRELLIS_STRIPE_WEBHOOK_SECRETS=whsec_benchbenchbenchbenchbenchbenchbench
TRELLIS_KEEP_TOKEN_KEYS=$(key)
export TRELLIS_KEEP_TOKEN_KEYS

echo "loading $people people with ten credentials each, in $orgs orgs of a thousand, and as many subscriptions" >&2
# Ids as the product makes them: 48 bits of time, then random bits.
psql -qX -v ON_ERROR_STOP=1 -v people="$people" -v orgs="$orgs" "$url" <<'SQL'
SET synchronous_commit = off;
SET session_replication_role = replica;
CREATE FUNCTION pg_temp.ulid(n bigint) RETURNS uuid LANGUAGE sql AS
    $$ SELECT (lpad(to_hex(1700000000000 + n), 12, '0') || substr(replace(gen_random_uuid()::text, '-', ''), 13))::uuid $$;
CREATE TABLE public.person AS SELECT n, pg_temp.ulid(n) AS id, pg_temp.ulid(n) AS org FROM generate_series(1, :people) AS n;
CREATE TABLE public.big_org AS SELECT n, pg_temp.ulid(n + 1000000) AS id FROM generate_series(1, :orgs) AS n;
INSERT INTO identity.account (id, email, name, password_hash, email_verified_at, status, session_epoch, key_epoch, created_at, updated_at)
    SELECT id, 'person' || n || '@example.com', 'Person ' || n, '$argon2id$v=19$m=19456,t=2,p=1$' || repeat('x', 66), now(), 'active', 1, 1, now(), now()
    FROM public.person;
INSERT INTO orgs.org (id, name, org_type, personal_owner_id, state, owner_count, created_at, updated_at)
    SELECT org, 'Personal Workspace', 'personal', id, 'active', 1, now(), now() FROM public.person;
INSERT INTO orgs.org (id, name, org_type, state, owner_count, created_at, updated_at)
    SELECT id, 'Org ' || n, 'team', 'active', 1, now(), now() FROM public.big_org;
INSERT INTO orgs.membership (id, org_id, user_id, role, joined_at, joined_through, updated_at)
    SELECT pg_temp.ulid(n), org, id, 'owner', now(), 'founding', now() FROM public.person;
INSERT INTO orgs.membership (id, org_id, user_id, role, joined_at, joined_through, updated_at)
    SELECT pg_temp.ulid(p.n), o.id, p.id, CASE WHEN p.n % 1000 = 0 THEN 'owner' ELSE 'member' END, now(), 'founding', now()
    FROM public.person p JOIN public.big_org o ON o.n = (p.n - 1) / 1000 + 1;
INSERT INTO identity.session (id, user_id, epoch, generation, confirmed_generation, rotated_at, active_org_id, methods, authenticated_at, network,
    client_family, last_active_at, token_expires_at, absolute_expires_at, created_at)
    SELECT pg_temp.ulid(n * 5 + s), id, 1, 1, 1, now(), org, '{pwd}', now(), '203.0.113.7/32', 'Firefox',
        date_trunc('second', now() - random() * interval '60 days'), now() + interval '30 min', now() + interval '30 days', now()
    FROM public.person, generate_series(0, 4) AS s;
INSERT INTO identity.api_key (id, user_id, epoch, name, prefix, key_hash, last_active_at, created_at, updated_at)
    SELECT pg_temp.ulid(n * 5 + s), id, 1, 'key', 'rfs00000', uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()),
        date_trunc('second', now() - random() * interval '90 days'), now(), now()
    FROM public.person, generate_series(0, 4) AS s;
INSERT INTO billing.customer (org_id, currency, created_at) SELECT org, 'usd', now() FROM public.person;
INSERT INTO billing.subscription (id, org_id, resource_type, resource_id, plan_key, plan_version, interval, currency, configuration, backing_kind,
    backing_detail, provider_subscription_id, provider_item_id, provider_price_id, status, provider_sync, started_at, period_start, period_end,
    eligible_after, created_at, updated_at)
    SELECT pg_temp.ulid(n), org, 'graph', 'kg' || lpad(n::text, 20, '0'), 'graph:ladybug-standard', 1, 'monthly', 'usd', '{}', 'provider_subscription',
        'sub_' || n, 'sub_' || n, 'si_' || n, 'price_1', 'active', 'confirmed', now() - interval '200 days', now() - interval '23 days',
        now() + interval '7 days', now() - interval '200 days', now() - interval '200 days', now() - interval '200 days'
    FROM public.person;
SQL
psql -qX "$url" -c 'VACUUM (ANALYZE)' -c CHECKPOINT

without_gate="CREATE OR REPLACE VIEW identity.pending_idle_case AS SELECT NULL::uuid AS user_id WHERE false"
with_gate="CREATE OR REPLACE VIEW identity.pending_idle_case AS $(psql -qXAt "$url" -c "SELECT pg_get_viewdef('identity.pending_idle_case'::regclass)")"

make_pending() { # COUNT SHIFT: that many confirmed cases of as many personal orgs, from person SHIFT on
    psql -qX -v ON_ERROR_STOP=1 "$url" <<SQL
SET session_replication_role = replica;
INSERT INTO billing.idle_case (id, org_id, subscription_id, resource_id, period_start, period_end, interval_unit, interval_count, threshold,
    evaluation_id, provider_subscription_id, state, ends_at, confirmed_at, decided_at, created_at)
    SELECT gen_random_uuid(), s.org_id, s.id, s.resource_id, date_trunc('second', s.period_start), date_trunc('second', s.period_end), 'month', 1,
        date_trunc('second', now() - interval '30 days'), gen_random_uuid(), s.provider_subscription_id, 'confirmed', date_trunc('second', s.period_end),
        now(), now(), now()
    FROM billing.subscription s JOIN public.person p ON p.org = s.org_id WHERE p.n > $2 AND p.n <= $2 + $1;
ANALYZE billing.idle_case;
SQL
}
clear_pending() { psql -qX "$url" -c 'SET session_replication_role = replica' -c 'DELETE FROM billing.idle_case' -c 'DELETE FROM jobs.job'; }

inside() { # LABEL SAMPLE STATEMENT: microseconds inside the server, by the role of the API, each call for another row (its id is one.id)
    psql -qXAt "$url" <<SQL
SET ROLE trellis_app;
SELECT set_config('trellis.scope', 'system', false) \g /dev/null
RESET ROLE;
CREATE TEMP TABLE sample AS SELECT id, row_number() OVER () AS n FROM ($2) AS s;
CREATE TEMP TABLE taken (n bigint, us double precision);
GRANT ALL ON sample, taken TO trellis_app;
SET ROLE trellis_app;
DO \$\$
DECLARE
    one record;
    start timestamptz;
    at timestamptz := now();
BEGIN
    FOR one IN SELECT * FROM sample ORDER BY n LOOP
        start := clock_timestamp();
        PERFORM * FROM $3;
        INSERT INTO taken VALUES (one.n, extract(epoch FROM clock_timestamp() - start) * 1000000);
    END LOOP;
END \$\$;
SELECT '$1 p50_us ' || round(percentile_cont(0.5) WITHIN GROUP (ORDER BY us)) || ' p99_us ' || round(percentile_cont(0.99) WITHIN GROUP (ORDER BY us))
    FROM taken WHERE n > (SELECT count(*) / 10 FROM sample);
SQL
}
sessions="SELECT id FROM identity.session TABLESAMPLE BERNOULLI (10) LIMIT 4000"
authenticate="identity.authenticate(one.id, 1, NULL, NULL, '203.0.113.7/32', true, at)"

plan() { # LABEL STATEMENT: what it reads, by the server's own word
    psql -qXAt "$url" 2>&1 >/dev/null <<SQL |
LOAD 'auto_explain';
SET auto_explain.log_min_duration = 0; SET auto_explain.log_analyze = on; SET auto_explain.log_nested_statements = on; SET client_min_messages = log;
SET ROLE trellis_app;
SELECT set_config('trellis.scope', 'system', false);
SELECT * FROM $2;
SQL
        grep -v 'never executed' | grep -oE '(Seq|Bitmap Heap|Index|Index Only) Scan (using [a-z_]+ )?on [a-z_]+' | sort | uniq -c | sed "s/^ */plan $1 /"
}

preview() { # its time in ms, and the most memory it held in MB
    local began peak=0 seen child
    began=${EPOCHREALTIME/[.,]/}
    "$BENCH_BIN/trellis" idle preview >"$work/preview" 2>"$work/preview.log" &
    child=$!
    while seen=$(awk '/^VmHWM/ { print $2 }' "/proc/$child/status" 2>/dev/null) && [ -n "$seen" ]; do peak=$seen; sleep 0.05; done
    wait "$child" || { cat "$work/preview.log" >&2; exit 1; }
    echo "ms $(((${EPOCHREALTIME/[.,]/} - began) / 1000)) mb $((peak / 1024)) $(tail -3 "$work/preview" | grep -E '^[0-9]+  ' | tr '\n' ' ')"
}

start_api "$BENCH_BIN"
{
    machine
    echo "$people people, $((people * 10)) credentials, $orgs orgs of 1,000 members, $people subscriptions; $(psql -qXAt "$url" -c 'SELECT pg_size_pretty(pg_database_size(current_database()))')"
    one() { psql -qXAt "$url" -c "SELECT id FROM $1 LIMIT 1"; }
    make_pending 1000 0
    plan gated "identity.record_pending_activity('$(one "public.person WHERE n = 7")', '$(one identity.session)', 1, NULL, now())"
    clear_pending
    plan evaluate "orgs.last_use('$(one public.big_org)')"
    plan gate "identity.authenticate('$(one identity.session)', 1, NULL, NULL, '203.0.113.7/32', true, now())"
    for round in $(seq "$rounds"); do
        psql -qX "$url" -c "$without_gate"
        inside "round $round gate without" "$sessions" "$authenticate"
        psql -qX "$url" -c "$with_gate"
        inside "round $round gate with" "$sessions" "$authenticate"
        make_pending 1000 0
        inside "round $round gate pending_elsewhere" "SELECT s.id FROM ($sessions) s JOIN identity.session USING (id) JOIN public.person p ON p.id = user_id WHERE p.n > 1000" "$authenticate"
        inside "round $round gated" "SELECT id FROM public.person WHERE n <= 1000" "identity.record_pending_activity(one.id, NULL, NULL, NULL, at)"
        clear_pending
        inside "round $round evaluate" "SELECT id FROM public.big_org" \
            "(SELECT (SELECT count(*) FROM orgs.last_use(one.id)), (SELECT count(*) FROM orgs.membership WHERE org_id = one.id AND ended_at IS NULL)) AS found"
        echo "round $round preview $(preview)"
    done
    start_worker
    python3 -B Benchmarks/tools/idle.py "http://127.0.0.1:$port" "$url" "$rounds" 40
} | tee "$work/raw"
{
    awk '
        $1 == "round" {
            name = $3; for (i = 4; i <= NF && $i !~ /^(p50_us|p50_ms|ms)$/; i++) name = name " " $i
            if (!(name in first)) names[++count] = name
            unit[name] = $i; first[name] = first[name] " " $(i + 1); second[name] = second[name] " " $(i + 3)
        }
        function median(text,   n, a, i, j, t) {
            n = split(text, a, " ")
            for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++) if (a[j] + 0 < a[i] + 0) { t = a[i]; a[i] = a[j]; a[j] = t }
            return a[int((n + 1) / 2)]
        }
        END {
            print "medians of the rounds (goals: gate at most 200 us at p99 above without; gated p99 5000 us; evaluate p99 25000 us; accepted p99 5000 ms; preview 60000 ms and 64 MB)"
            for (i = 1; i <= count; i++) {
                name = names[i]
                split(unit[name] == "ms" ? "ms MB" : (unit[name] == "p50_ms" ? "p50_ms p99_ms" : "p50_us p99_us"), label, " ")
                printf "%-28s %s %8.0f  %s %8.0f\n", name, label[1], median(first[name]), label[2], median(second[name])
            }
        }' "$work/raw"
    cat "$work/raw"
} | tee "$out"
