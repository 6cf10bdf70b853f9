import Composition
import Core
import HTTPServer
import PlatformTesting
import Postgres
import Testing

@Suite struct HealthTests {
    private func ask(_ api: ComposedAPI, _ path: String) async throws -> (status: Int, lines: [String]) {
        let request = try #require(Request(method: .get, target: path, id: RequestID.make(at: .systemNow())))
        let response = await api.router.respond(to: request)
        guard case .bytes(let bytes) = response.body else { return (response.status.rawValue, []) }
        return (response.status.rawValue, String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init))
    }

    @Test func `OPS-085 each part that breaks is told where it belongs, and none of them makes the process look dead`() async throws {
        try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { database in
            try await ComposedAPI.withAPI(on: database) { api in
                for path in ["/livez", "/readyz", "/startupz"] {
                    let answer = try await ask(api, path)
                    #expect(answer.status == 200 && answer.lines == ["ok"], "\(path): \(answer)")
                }
                // What waits, was given up or is stuck is told, and stops nobody.
                try await database.adminClient.execute(
                    """
                    INSERT INTO jobs.job (lane, kind_id, priority, max_attempts, timeout_ms, run_at, created_at, args)
                    SELECT 1, jobs.kind_id('billing.try_it'), 2, 5, 1000, now() - interval '1 hour', now(), '{}'
                    """)
                try await database.adminClient.execute(
                    """
                    INSERT INTO jobs.saga (id, kind, key, context, state, stuck_because, step, created_at, updated_at)
                    VALUES (gen_random_uuid(), 'a', 'a', '{}', 'stuck', 'no way', 0, now(), now())
                    """)
                let degraded = try await ask(api, "/readyz")
                #expect(degraded.status == 200 && degraded.lines == ["ok", "degraded: lane_delay money", "degraded: stuck_sagas 1"])
                // A clock that was moved is followed before anything is answered by the old time.
                try await database.adminClient.execute("UPDATE jobs.clock_state SET generation = generation + 1000")
                let behind = try await ask(api, "/readyz")
                #expect(behind.status == 503 && behind.lines == ["the clock is being moved"], "\(behind)")
                try await database.adminClient.execute("UPDATE jobs.clock_state SET generation = generation - 1000")
                // A schema of an older release is none to work on.
                let last = try #require(TrellisMigrations.all.map { $0.id }.max())
                try await database.adminClient.execute("DELETE FROM trellis.schema_migration WHERE id = \(last)")
                for path in ["/readyz", "/startupz"] {
                    let older = try await ask(api, path)
                    #expect(older.status == 503 && older.lines == ["the database lacks the migration \(last)"], "\(older)")
                }
                try await database.adminClient.execute("ALTER TABLE trellis.schema_migration RENAME TO elsewhere")
                #expect(try await ask(api, "/readyz").lines == ["the database cannot be reached"])
                let status = try await api.call(.get, "/v1/status")
                #expect(status.status == 200 && status.body["status"] == "degraded")
                #expect(try await ask(api, "/livez").status == 200)
            }
        }
    }
}
