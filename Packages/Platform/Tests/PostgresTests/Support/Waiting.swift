import Postgres
import Synchronization

/// Asks again and again, letting others run, until something is so.
func until(_ condition: () async throws -> Bool) async throws {
    while try await !condition() { await Task.yield() }
}

/// Waits until the server has a statement under way that begins like this, and gives the process that does it.
@discardableResult
func untilActive(_ beginning: String, seenBy client: PostgresClient) async throws -> Int32 {
    while true {
        let rows = try await client.query(
            """
            SELECT pid FROM pg_stat_activity
            WHERE starts_with(query, \(beginning)) AND state = 'active' AND datname = current_database() AND pid <> pg_backend_pid()
            """)
        if let row = rows.first { return try row.decode(Int32.self) }
        await Task.yield()
    }
}

/// Counts from several tasks at once.
final class Counter: Sendable {
    private let number = Atomic(0)

    var value: Int { number.load(ordering: .relaxed) }

    @discardableResult
    func increment() -> Int { number.add(1, ordering: .relaxed).newValue }
}
