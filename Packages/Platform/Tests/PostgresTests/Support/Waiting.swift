import Postgres
import Synchronization

/// What a test waited for did not come.
struct NotInTime: Error {}

/// Asks again and again, letting others run, until something is so.
///
/// - Throws: ``NotInTime`` after two minutes.
func until(_ condition: () async throws -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(120)
    while try await !condition() {
        guard ContinuousClock.now < end else { throw NotInTime() }
        await Task.yield()
    }
}

/// Waits until the server has a statement under way that begins like this, and gives the process that does it.
@discardableResult
func untilActive(_ beginning: String, seenBy client: PostgresClient) async throws -> Int32 {
    var found: Int32?
    try await until {
        let rows = try await client.query(
            """
            SELECT pid FROM pg_stat_activity
            WHERE starts_with(query, \(beginning)) AND state = 'active' AND datname = current_database() AND pid <> pg_backend_pid()
            """)
        found = try rows.first?.decode(Int32.self)
        return found != nil
    }
    guard let found else { throw NotInTime() }
    return found
}

/// Counts from several tasks at once.
final class Counter: Sendable {
    private let number = Atomic(0)

    var value: Int { number.load(ordering: .relaxed) }

    @discardableResult
    func increment() -> Int { number.add(1, ordering: .relaxed).newValue }
}
