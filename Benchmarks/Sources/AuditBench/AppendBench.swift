import Audit
import AuditPostgres
import Core
import Postgres

/// A transaction as the product has them (one thing locked and changed, one piece of work stored) with and without its entry, in turn (AUD-040).
struct AppendBench: Sendable {
    let client: PostgresClient

    func run(_ count: Int) async throws {
        let thing = try await client.makeThings(1)[0]
        for number in 0..<200 { _ = try await measure(thing, number, recording: number.isMultiple(of: 2)) }
        var (bare, carrying): ([Duration], [Duration]) = ([], [])
        for number in 0..<count {
            bare.append(try await measure(thing, number, recording: false))
            carrying.append(try await measure(thing, number, recording: true))
        }
        let (without, with) = (microseconds(bare, 0.5), microseconds(carrying, 0.5))
        let share = Double(with - without) / Double(max(1, without)) * 100
        print(
            "append without_p50_us \(without) with_p50_us \(with) without_p99_us \(microseconds(bare, 0.99)) with_p99_us \(microseconds(carrying, 0.99))"
        )
        print("append_added_percent \(Int(share.rounded())) goal 15")
        await client.close()
    }

    private func measure(_ thing: BenchThing.ID, _ number: Int, recording: Bool) async throws -> Duration {
        let start = ContinuousClock.now
        try await client.withTransaction(scope: .org(thing.uuid)) { transaction in
            _ = try await transaction.query("SELECT name FROM bench.thing WHERE id = \(thing) FOR UPDATE")
            try await transaction.execute(
                "UPDATE bench.thing SET name = \("thing \(number)"), changed_at = clock_timestamp() WHERE id = \(thing)")
            try await transaction.execute(
                "INSERT INTO bench.work (thing, body) VALUES (\(thing), \(["n": .integer(Int64(number))] as JSONValue))")
            if recording {
                let audit = BenchTransaction(postgres: transaction, dateSource: SystemDateSource())
                try await audit.record(ThingChanged(thing: thing, number: number), by: .system(component: "bench"))
            }
        }
        return start.duration(to: .now)
    }
}
