#!/usr/bin/env bash
# The one statement that authenticates a request, by session and by API key, with 1,000,000 people, 5,000,000 sessions and 2,000,000 keys loaded:
# through the client (against `SELECT 1` through the same client), inside the server, and its plan. Then registration and sign-in without the
# time of the password hash, in the same database.
# Medians and raw output go to docs/benchmarks/authentication.txt.  usage: Benchmarks/authentication.sh [ROUNDS] [PEOPLE]
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-5} people=${2:-1000000} calls=4000
export SWIFT_BACKTRACE=enable=no
swift build -c release --package-path Benchmarks --scratch-path .build/benchmarks --product AuthenticationBench >&2
bin=$(swift build -c release --package-path Benchmarks --scratch-path .build/benchmarks --show-bin-path)/AuthenticationBench
data=$(mktemp -d)
trap 'Scripts/postgres stop "$data"; rm -rf "$data"' EXIT
url=$(Scripts/postgres start "$data" --durable)
psql -qX "$url" -c 'CREATE DATABASE bench'
url=${url%/*}/bench
"$bin" migrate "$url"

echo "loading $people people" >&2
# Ids as the product makes them: 48 bits of time, then random bits. Each fifth session is the one in use, the others have ended.
psql -qX -v ON_ERROR_STOP=1 -v people="$people" "$url" <<'SQL'
SET synchronous_commit = off;
SET session_replication_role = replica;
CREATE FUNCTION pg_temp.ulid(n bigint) RETURNS uuid LANGUAGE sql AS
    $$ SELECT (lpad(to_hex(1700000000000 + n), 12, '0') || substr(replace(gen_random_uuid()::text, '-', ''), 13))::uuid $$;
CREATE TEMP TABLE person AS SELECT n, pg_temp.ulid(n) AS id, pg_temp.ulid(n) AS org FROM generate_series(1, :people) AS n;
INSERT INTO identity.account (id, email, name, password_hash, email_verified_at, status, session_epoch, key_epoch, created_at, updated_at)
    SELECT id, 'person' || n || '@example.com', 'Person ' || n, '$argon2id$v=19$m=19456,t=2,p=1$' || repeat('x', 66), now(), 'active', 1, 1, now(), now()
    FROM person;
INSERT INTO orgs.org (id, name, org_type, personal_owner_id, state, owner_count, created_at, updated_at)
    SELECT org, 'Personal Workspace', 'personal', id, 'active', 1, now(), now() FROM person;
INSERT INTO orgs.membership (id, org_id, user_id, role, joined_at, joined_through, updated_at)
    SELECT pg_temp.ulid(n), org, id, 'owner', now(), 'founding', now() FROM person;
INSERT INTO identity.session (id, user_id, epoch, generation, confirmed_generation, rotated_at, active_org_id, methods, authenticated_at, network,
    client_family, last_active_at, token_expires_at, absolute_expires_at, created_at)
    SELECT pg_temp.ulid(n * 5 + s), id, 1, 1, 1, now(), org, '{pwd}', now(), '203.0.113.7/32', 'Firefox', now(), now() + interval '30 min',
        now() + interval '30 days', now()
    FROM person, generate_series(0, 4) AS s;
INSERT INTO identity.api_key (id, user_id, epoch, name, prefix, key_hash, last_active_at, created_at, updated_at)
    SELECT k.id, p.id, 1, 'key', 'rfs00000', sha256(uuid_send(k.id)), now(), now(), now()
    FROM person p, generate_series(0, 1) AS s, LATERAL (SELECT pg_temp.ulid(n * 2 + s) AS id) AS k;
INSERT INTO identity.api_key_network (key_id, network, user_id, is_first, first_used_at, announced_at)
    SELECT id, '203.0.113.7/32', user_id, true, now(), now() FROM identity.api_key;
SQL
psql -qX "$url" -c 'VACUUM (ANALYZE)' -c CHECKPOINT

inside() { # COLUMN TABLE SEED CALL: the time inside the server of 5,000 calls by the role of the API, each for another row
    psql -qXAt "$url" <<SQL
SET ROLE trellis_app;
SELECT set_config('trellis.scope', 'system', false) \g /dev/null
SELECT min(created_at) AS used FROM identity.$2 \gset
CREATE TEMP TABLE sample AS SELECT id, row_number() OVER () AS n FROM (
    SELECT $1 AS id FROM identity.$2 TABLESAMPLE BERNOULLI (2) REPEATABLE ($3) LIMIT 6000) AS s;
CREATE TEMP TABLE taken (n bigint, us double precision);
SELECT set_config('bench.used', :'used', false) \g /dev/null
DO \$\$
DECLARE
    one record;
    start timestamptz;
    at timestamptz := current_setting('bench.used')::timestamptz + interval '30 seconds';
    got record;
BEGIN
    FOR one IN SELECT * FROM sample ORDER BY n LOOP
        start := clock_timestamp();
        SELECT * INTO STRICT got FROM $4;
        INSERT INTO taken VALUES (one.n, extract(epoch FROM clock_timestamp() - start) * 1000000);
    END LOOP;
END \$\$;
SELECT 'p50_us ' || round(percentile_cont(0.5) WITHIN GROUP (ORDER BY us)) || ' p99_us ' || round(percentile_cont(0.99) WITHIN GROUP (ORDER BY us))
    || ' max_us ' || round(max(us)) FROM taken WHERE n > 1000;
SQL
}

plan() { # TABLE COLUMN ARGUMENTS: what the statements inside of the function read, by the server's own word
    psql -qXAt "$url" 2>&1 >/dev/null <<SQL |
SELECT encode($2, '$4') AS id FROM (SELECT $5 AS $2 FROM identity.$1 LIMIT 1) AS s \gset
LOAD 'auto_explain';
SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on; SET client_min_messages = log;
SET ROLE trellis_app;
SELECT * FROM identity.authenticate($3, '203.0.113.7/32', true, now() + interval '2 minutes');
SQL
        grep -oE '(Seq|Bitmap Heap|Index|Index Only) Scan (using [a-z_]+ )?on [a-z_]+' | sort | uniq -c | sed "s/^ */plan $1 /"
}

out=docs/benchmarks/authentication.txt
mkdir -p docs/benchmarks
{
    echo "machine: $(nproc) cores, $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2- | xargs), $(swift --version 2>/dev/null | head -1)"
    echo "load of the machine before: $(cut -d' ' -f1-3 /proc/loadavg)"
    echo "$(psql --version), fsync on, 128 MB of shared buffers; $people people, as many orgs, $((people * 5)) sessions, $((people * 2)) keys, $(psql -qXAt "$url" -c 'SELECT pg_size_pretty(pg_database_size(current_database()))')"
    echo "each call with another credential; a request writes its use at most once a minute"
    plan session id ":'id'::uuid, 1, NULL, NULL" hex 'uuid_send(id)'
    plan api_key key_hash "NULL, NULL, decode(:'id', 'hex'), NULL" hex key_hash
    for round in $(seq "$rounds"); do
        for callers in 1 8; do
            "$bin" statement "$url" "$callers" $((calls / callers)) $((round * 10 + callers)) | sed "s/^/round $round callers $callers /"
        done
        echo "round $round inside select_1 $(inside id session "$round" '(SELECT 1) AS floor')"
        echo "round $round inside session $(inside id session "$round" "identity.authenticate(one.id, 1, NULL, NULL, '203.0.113.7/32', true, at)")"
        echo "round $round inside key $(inside key_hash api_key "$round" "identity.authenticate(NULL, NULL, one.id, NULL, '203.0.113.7/32', true, at)")"
        "$bin" accounts "$url" 100 | sed "s/^/round $round /"
        psql -qX "$url" -c CHECKPOINT
    done
} | tee "$out.raw"
awk '
    /^round/ {
        name = $3; for (i = 4; i <= NF && $i != "p50_us"; i++) name = name " " $i
        if (!(name in p50)) names[++count] = name
        p50[name] = p50[name] " " $(i + 1); p99[name] = p99[name] " " $(i + 3)
    }
    function median(text,   n, a, i, j, t) {
        n = split(text, a, " ")
        for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++) if (a[j] + 0 < a[i] + 0) { t = a[i]; a[i] = a[j]; a[j] = t }
        return a[int((n + 1) / 2)]
    }
    END {
        print "medians of the rounds, microseconds (goals inside the server: p50 at most 300, p99 at most 1000)"
        for (i = 1; i <= count; i++) printf "%-46s p50 %6d  p99 %6d\n", names[i], median(p50[names[i]]), median(p99[names[i]])
    }' "$out.raw" | tee "$out"
cat "$out.raw" >>"$out"
rm -f "$out.raw"
