import Core
import Postgres

/// An org's reads with row security and without it, by the same role, in turn (SEC-049).
struct RowSecurityBench: Sendable {
    let client: PostgresClient
    let owner: PostgresClient

    private static let tables = ["orgs.org", "orgs.membership"]

    func run(_ calls: Int) async throws {
        let orgs = try await owner.query("SELECT id FROM orgs.org ORDER BY md5(id::text) LIMIT 2000", scope: .system).map {
            try $0.decode("id", as: BenchThing.ID.self)
        }
        guard !orgs.isEmpty else { return print("there are no orgs") }
        var (with, without): ([Duration], [Duration]) = ([], [])
        for round in 0..<10 {
            let isOn = round.isMultiple(of: 2)
            for table in Self.tables {
                try await owner.execute(Statement("ALTER TABLE \(table) \(isOn ? "ENABLE" : "DISABLE") ROW LEVEL SECURITY", []))
            }
            for index in 0..<200 { _ = try await measure(orgs[index % orgs.count]) }
            for index in 0..<(calls / 10) {
                let time = try await measure(orgs[(round * 997 + index) % orgs.count])
                if isOn { with.append(time) } else { without.append(time) }
            }
        }
        for table in Self.tables { try await owner.execute(Statement("ALTER TABLE \(table) ENABLE ROW LEVEL SECURITY", [])) }
        let (on, off) = (microseconds(with, 0.5), microseconds(without, 0.5))
        print(
            "rows with_p50_us \(on) without_p50_us \(off) with_p99_us \(microseconds(with, 0.99)) without_p99_us \(microseconds(without, 0.99))"
        )
        print("rows_added_percent \(Int((Double(on - off) / Double(max(1, off)) * 100).rounded())) goal 5")
        await client.close()
        await owner.close()
    }

    /// The org and its members, as a request reads them.
    private func measure(_ org: BenchThing.ID) async throws -> Duration {
        let start = ContinuousClock.now
        try await client.withTransaction(scope: .org(org.uuid)) { transaction in
            _ = try await transaction.query("SELECT * FROM orgs.org WHERE id = \(org)")
            _ = try await transaction.query(
                "SELECT id, user_id, role, joined_at FROM orgs.membership WHERE org_id = \(org) AND ended_at IS NULL ORDER BY joined_at, id LIMIT 50"
            )
        }
        return start.duration(to: .now)
    }
}
