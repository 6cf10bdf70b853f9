import AdminPostgres
import Core
import Jobs
import JobsPostgres
import Observability
import Orgs
import PlatformTesting
import Postgres
import Synchronization
import Testing

/// What must be true of the data, and faults that people with rights on the database can put in. The clock is the office's and stands; leases go by the
/// server's clock, and the worker of the test has one for a day.
@Suite struct InvariantTests {
    @Test func `OPS-141 OPS-146 each fault in the data is found by its invariant alone, alarmed about and left as it is`() async throws {
        #expect(CheckInvariants.schedule?.cron.description == "45 4 * * *" && CheckInvariants.schedule?.missed == .once)
        try await Office.with { office in
            let lines = Mutex<[String]>([])
            let log = Log(
                label: "operations", level: .error, sink: { line in lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) } })
            let metrics = Metrics()
            let check = InvariantCheck(client: office.database.systemClient, metrics: metrics, log: log)
            let now = office.clock.now
            let org = try await office.org("Alpha")
            _ = try await office.database.adminClient.execute(
                "INSERT INTO jobs.worker (process, lease_until) VALUES ('w', now() + interval '1 day')")
            try await sow(Self.sound, org, office)
            #expect(try await check.run(at: now) == [])
            #expect(lines.withLock { $0 } == [])

            for (name, fault) in Self.faults {
                try await sow([fault], org, office)
                let found = try await check.run(at: now)
                #expect(found.map(\.name) == [name], "\(fault)")
                #expect(found.first?.count == 1 && found.first?.examples.count == 1, "\(found)")
                let told = lines.withLock { lines in
                    defer { lines = [] }
                    return lines
                }
                #expect(told.count == 1 && told.allSatisfy { $0.contains("\"\(name)\"") }, "\(told)")
                #expect(metrics.render().contains(#"trellis_invariant_broken{invariant="\#(name)"} 1"#))
                // Nothing was mended: the next night finds the same.
                #expect(try await check.run(at: now) == found)
                lines.withLock { $0 = [] }
                try await sow(["DELETE FROM \(Self.tables[name] ?? "nothing") WHERE \(Self.isFault[name] ?? "true")"], org, office)
            }
            #expect(try await check.run(at: now) == [])
            #expect(metrics.render().contains(#"trellis_invariant_broken{invariant="pool_is_its_ledger"} 0"#))
        }
    }

    /// Runs statements past every guard of the database, as somebody with all rights could.
    private func sow(_ statements: [String], _ org: Org.ID, _ office: Office) async throws {
        try await office.database.adminClient.withTransaction(scope: .system) { transaction in
            try await transaction.execute("SET LOCAL session_replication_role = 'replica'")
            for statement in statements {
                let text = statement.replacing("$org", with: "'\(org.uuid)'").replacing("$now", with: "'\(office.clock.now)'::timestamptz")
                try await transaction.execute(Statement(text))
            }
        }
    }

    /// Rows that are as they must be, near to each fault; the database's own guards are taken away.
    private static let sound = [
        "ALTER TABLE jobs.saga DROP CONSTRAINT saga_check", "DROP INDEX billing.subscription_one_live",
        subscription("00000000-0000-0000-0000-0000000000a1", "'kg0000000000000001'"),
        pool("00000000-0000-0000-0000-0000000000b1", balance: 0),
        operation("00000000-0000-0000-0000-0000000000c1"),
        """
        INSERT INTO operations.operation_event (operation_id, sequence, org_id, name, data, at)
        VALUES ('00000000-0000-0000-0000-0000000000c1', 1, $org, 'operation_completed', '{}', $now)
        """,
        saga("00000000-0000-0000-0000-0000000000d1", state: "running"),
        job(101, more: "lease_by, saga_id", "(SELECT min(id) FROM jobs.worker), '00000000-0000-0000-0000-0000000000d1'"),
        "INSERT INTO jobs.job_history (id, lane, kind_id, outcome, attempt, created_at, run_at, finished_at, args) VALUES (102, 5, 1, 1, 1, $now, $now, $now, '{}')",
        event("00000000-0000-0000-0000-0000000000e1", "$now - interval '47 hours'"),
    ]

    private static let faults: [(name: String, fault: String)] = [
        ("pool_is_its_ledger", pool("00000000-0000-0000-0000-0000000000b2", balance: 5)),
        ("credit_is_its_ledger", entry),
        ("terminal_has_end", saga("00000000-0000-0000-0000-0000000000d2", state: "completed")),
        ("last_event_is_status", operation("00000000-0000-0000-0000-0000000000c2")),
        ("one_live_subscription", subscription("00000000-0000-0000-0000-0000000000a2", "'kg0000000000000001'")),
        (
            "slot_has_its_graph",
            """
            INSERT INTO graphs.host_slot (host_id, number, state, org_id, graph_id)
            VALUES ('00000000-0000-0000-0000-0000000000f2', 1, 'occupied', $org, 'kg0000000000000009')
            """
        ),
        ("job_is_in_one_place", job(102)),
        ("saga_has_its_job", saga("00000000-0000-0000-0000-0000000000d2", state: "running")),
        ("lease_has_its_worker", job(103, more: "lease_by", "999")),
        ("deadline_is_kept", event("00000000-0000-0000-0000-0000000000e2", "$now - interval '48 hours'")),
    ]

    /// Where each fault stands, and which rows it is.
    private static let tables = [
        "pool_is_its_ledger": "billing.credit_pool", "credit_is_its_ledger": "billing.account_credit_entry",
        "terminal_has_end": "jobs.saga",
        "last_event_is_status": "operations.operation", "one_live_subscription": "billing.subscription",
        "slot_has_its_graph": "graphs.host_slot", "job_is_in_one_place": "jobs.job", "saga_has_its_job": "jobs.saga",
        "lease_has_its_worker": "jobs.job", "deadline_is_kept": "billing.inbound_event",
    ]
    private static let isFault = [
        "pool_is_its_ledger": "id::text LIKE '%b2'", "terminal_has_end": "id::text LIKE '%d2'",
        "last_event_is_status": "id::text LIKE '%c2'",
        "one_live_subscription": "id::text LIKE '%a2'", "job_is_in_one_place": "id = 102", "saga_has_its_job": "id::text LIKE '%d2'",
        "lease_has_its_worker": "id = 103", "deadline_is_kept": "id::text LIKE '%e2'",
    ]

    private static func subscription(_ id: String, _ resource: String) -> String {
        """
        INSERT INTO billing.subscription (id, org_id, resource_type, resource_id, plan_key, plan_version, "interval", currency, configuration,
            status, provider_sync, created_at, updated_at)
        VALUES ('\(id)', $org, 'graph', \(resource), 'ladybug-standard', 1, 'monthly', 'usd', '{}', 'pending', 'pending', $now, $now)
        """
    }

    private static func pool(_ id: String, balance: Int) -> String {
        """
        INSERT INTO billing.credit_pool (id, org_id, subscription_id, scope, resource_id, balance, allocation, anchor, window_start, window_end,
            created_at)
        VALUES ('\(id)', $org, '\(id)', 'graph', '\(id)', \(balance), 10, $now, $now, $now + interval '1 day', $now)
        """
    }

    private static let entry = """
        INSERT INTO billing.account_credit_entry (id, org_id, credit_id, currency, seq, kind, home, amount, local_balance_after,
            provider_balance_after, local_remaining_after, provider_remaining_after, actor, idempotency_key, created_at)
        VALUES ('00000000-0000-0000-0000-0000000000b3', $org, '00000000-0000-0000-0000-0000000000b3', 'usd', 1, 'expire', 'local', -5, 0,
            0, 0, 0, 'x', 'x', $now)
        """

    private static func operation(_ id: String) -> String {
        """
        INSERT INTO operations.operation (id, kind, org_id, status, phase, percent, message, steps, result, created_at, started_at, ended_at,
            updated_at, last_sequence)
        VALUES ('\(id)', 'create-graph', $org, 'completed', 'forward', 100, 'done', '[]', '{}', $now, $now, $now, $now, 1)
        """
    }

    private static func saga(_ id: String, state: String) -> String {
        """
        INSERT INTO jobs.saga (id, kind, key, state, context, created_at, updated_at)
        VALUES ('\(id)', 'graph-teardown', '\(id)', '\(state)', '{}', $now, $now)
        """
    }

    private static func job(_ id: Int, more columns: String = "", _ values: String = "") -> String {
        """
        INSERT INTO jobs.job (id, lane, kind_id, priority, max_attempts, timeout_ms, run_at, created_at, args\(columns.isEmpty ? "" : ", ")\(columns))
        VALUES (\(id), 5, 1, 2, 5, 1000, $now, $now, '{}'\(values.isEmpty ? "" : ", ")\(values))
        """
    }

    private static func event(_ id: String, _ received: String) -> String {
        """
        INSERT INTO billing.inbound_event (id, provider, provider_event_id, type, livemode, created_at, object_id, raw_references, body,
            received_at, state)
        VALUES ('\(id)', 'stripe', '\(id)', 'invoice.paid', false, $now, 'in_1', '{}', '{}', \(received), 'received')
        """
    }
}
