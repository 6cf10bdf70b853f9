import Audit
import AuditPostgres
import AuditProof
import Core
import Cryptography
import EventLoops
import Observability
import Postgres

/// How fast links are made, and how long an entry waits for its own (AUD-040).
struct SealBench: Sendable {
    let writer: PostgresClient
    let client: PostgresClient

    private var sealer: AuditSealer {
        get throws {
            let key = try KeyRing.Key(id: "bench", secret: SecretBytes(SHA256.digest(of: "bench")))
            return AuditSealer(
                client: client, dateSource: SystemDateSource(), signer: try AuditSigner(KeyRing(newest: key)), log: .silent)
        }
    }

    func throughput(_ count: Int) async throws {
        let things = try await writer.makeThings(64)
        for start in stride(from: 0, to: count, by: 500) {
            try await write(things, start..<min(count, start + 500))
        }
        let sealer = try sealer
        let start = ContinuousClock.now
        var sealed = 0
        while case let batch = try await sealer.seal(), batch > 0 { sealed += batch }
        let time = Double(microseconds([start.duration(to: .now)], 0)) / 1_000_000
        _ = try await sealer.checkpoint()
        print("seal entries \(sealed) seconds \(time) entries_per_second \(Int(Double(sealed) / time)) goal 5000")
        await close()
    }

    /// Makes one long chain and signs it.
    func fill(_ thing: BenchThing.ID, with count: Int) async throws {
        try await writer.execute("INSERT INTO bench.thing VALUES (\(thing), 'thing', now()) ON CONFLICT DO NOTHING", scope: .system)
        let sealer = try sealer
        for start in stride(from: 0, to: count, by: 1_000) {
            try await write([thing], start..<min(count, start + 1_000))
            while try await sealer.seal() > 0 {}
        }
        _ = try await sealer.checkpoint()
        await close()
    }

    /// Writes a thousand entries a second, one to a transaction, while the sealer works once a second as it does in the product.
    func delay(seconds: Int, loops: EventLoopGroup) async throws {
        let things = try await writer.makeThings(64)
        let sealer = try sealer
        let (writers, rate) = (20, 1_000)
        let times = try await withThrowingTaskGroup(of: [Duration].self) { group in
            let end = ContinuousClock.now + .seconds(seconds)
            for number in 0..<writers {
                group.addTask(executorPreference: loops.loops[number % loops.loops.count]) {
                    var next = ContinuousClock.now
                    while next < end {
                        try await write(things, number..<(number + 1))
                        next += .microseconds(1_000_000 * writers / rate)
                        if next > .now { try await loops.loops[0].sleep(for: ContinuousClock.now.duration(to: next)) }
                    }
                    return []
                }
            }
            group.addTask { try await follow(sealer, until: end + .seconds(3), loops: loops) }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        print("delay entries \(times.count) p50_us \(microseconds(times, 0.5)) p99_us \(microseconds(times, 0.99)) goal_p99_us 2000000")
        await close()
    }

    /// How long each entry had been there when it got its link, by the clock of the database.
    private func follow(_ sealer: AuditSealer, until end: ContinuousClock.Instant, loops: EventLoopGroup) async throws -> [Duration] {
        var waited: [Duration] = []
        var last = try await client.query("SELECT coalesce(max(seal), 0) FROM audit.link")[0].decode(Int64.self)
        while ContinuousClock.now < end {
            while try await sealer.seal() == AuditSealer.batchSize {}
            let rows = try await client.query(
                "SELECT seal, (extract(epoch FROM clock_timestamp() - recorded_at) * 1000000)::bigint AS age FROM audit.link WHERE seal > \(last)"
            )
            for row in rows {
                last = max(last, try row.decode("seal"))
                waited.append(.microseconds(try row.decode("age", as: Int64.self)))
            }
            try await loops.loops[1].sleep(for: .seconds(1))
        }
        return waited
    }

    private func write(_ things: [BenchThing.ID], _ numbers: Range<Int>) async throws {
        try await writer.withTransaction(scope: .system) { transaction in
            let audit = BenchTransaction(postgres: transaction, dateSource: SystemDateSource())
            for number in numbers {
                try await audit.record(
                    ThingChanged(thing: things[number % things.count], number: number), by: .system(component: "bench"))
            }
        }
    }

    private func close() async {
        await writer.close()
        await client.close()
    }
}
