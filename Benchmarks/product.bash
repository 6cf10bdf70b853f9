# What the benchmarks of the whole API share; to be sourced. Makes a private PostgreSQL with the schema, and starts release processes on it.

export SWIFT_BACKTRACE=enable=no
work=$(mktemp -d)
started=()

cleanup() {
    for pid in "${started[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
    for pid in "${started[@]}"; do wait "$pid" 2>/dev/null || true; done
    Scripts/postgres stop "$work/postgres"
    rm -rf "$work"
}
trap cleanup EXIT

build_product() { # further products beside the API and the tool; BENCH_BIN names binaries that are there already
    # Without the shared libraries of the toolchain, as a release is built: they cost memory and time at the start.
    local options=(-c release --static-swift-stdlib)
    if [ -z "${BENCH_BIN:-}" ]; then
        for product in trellis trellis-api "$@"; do swift build "${options[@]}" --product "$product" >&2; done
        BENCH_BIN=$(swift build "${options[@]}" --show-bin-path)
    fi
}

key() { echo "bench:$(head -c 32 /dev/urandom | base64 | tr -d '\n')"; }

make_database() { # sets `url`, and the settings of every process
    url=$(Scripts/postgres start "$work/postgres")
    psql -qX "$url" -c 'CREATE DATABASE trellis_bench'
    url=${url%/*}/trellis_bench
    unset "${!TRELLIS_@}"
    export TRELLIS_ENVIRONMENT=test TRELLIS_DATABASE_URL=$url TRELLIS_HTTP_PORT=0 TRELLIS_HTTP_LOOPS=2 TRELLIS_LOG_LEVEL=warning
    export TRELLIS_RATE_LIMIT_ENABLED=false TRELLIS_BACKUP_DIR=$work/backups TRELLIS_SMTP_URL=smtp://127.0.0.1:9
    TRELLIS_SIGNING_KEYS=$(key) TRELLIS_MASTER_KEYS=$(key) TRELLIS_BACKUP_KEYS=$(key)
    export TRELLIS_SIGNING_KEYS TRELLIS_MASTER_KEYS TRELLIS_BACKUP_KEYS
    mkdir -p "$work/backups"
    "$1/trellis" migrate >/dev/null
}

start_api() { # the folder of the binaries; sets `api`, its process, `port`, and `ready_ms`, the time until it serves
    local began
    rm -f "$work/ready"
    began=${EPOCHREALTIME/[.,]/}
    TRELLIS_READY_FILE=$work/ready "$1/trellis-api" >>"$work/api.log" 2>&1 &
    api=$!
    started+=("$api")
    until [ -s "$work/ready" ]; do
        kill -0 "$api" 2>/dev/null || { cat "$work/api.log" >&2; exit 1; }
        sleep 0.002
    done
    ready_ms=$(((${EPOCHREALTIME/[.,]/} - began) / 1000))
    port=$(grep -o '"port": *[0-9]*' "$work/ready" | grep -o '[0-9]*$')
}

start_worker() { # of BENCH_BIN; sets `worker`, its process
    rm -f "$work/worker-ready"
    TRELLIS_READY_FILE=$work/worker-ready "$BENCH_BIN/trellis-worker" >>"$work/worker.log" 2>&1 &
    worker=$!
    started+=("$worker")
    until [ -s "$work/worker-ready" ]; do
        kill -0 "$worker" 2>/dev/null || { cat "$work/worker.log" >&2; exit 1; }
        sleep 0.01
    done
}

start_simulator() { # of BENCH_BIN; sets `simulator`, its process, and `base`; the last core is its own
    rm -f "$work/simulator-ready"
    TRELLIS_SANDBOX_SECRET_KEY=sk_test_bench TRELLIS_SANDBOX_CONTROL_TOKEN=control-bench TRELLIS_SANDBOX_READY_FILE=$work/simulator-ready \
        taskset -c "$(($(nproc) - 1))" "$BENCH_BIN/trellis-sandbox" >>"$work/simulator.log" 2>&1 &
    simulator=$!
    started+=("$simulator")
    until [ -s "$work/simulator-ready" ]; do
        kill -0 "$simulator" 2>/dev/null || { cat "$work/simulator.log" >&2; exit 1; }
        sleep 0.01
    done
    base=http://127.0.0.1:$(grep -oE '"(stripe|http)[a-z_]*": *[0-9]+' "$work/simulator-ready" | head -1 | grep -oE '[0-9]+$')
}

stop_api() {
    kill -TERM "$api" 2>/dev/null || true
    wait "$api" 2>/dev/null || true
}

median() { sort -n | awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }'; }

machine() {
    echo "machine: $(nproc) cores, $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2- | xargs), $(swift --version 2>/dev/null | head -1)"
    echo "load of the machine before: $(cut -d' ' -f1-3 /proc/loadavg)"
}
