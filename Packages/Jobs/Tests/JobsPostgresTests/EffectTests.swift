import Core
import Jobs
import PlatformTesting
import Postgres
import Synchronization
import Testing

@testable import JobsPostgres

struct EffectTests {
    private let key = EffectKey(rawValue: "intent 1 generation 1")

    private func ledger(_ queue: Queue) -> PostgresEffectLedger {
        PostgresEffectLedger(client: queue.database.systemClient, dateSource: queue.clock)
    }

    @Test func `OPS-076 a call is made once, and its response is remembered`() async throws {
        try await Queue.with { queue in
            let calls = Mutex(0)
            for _ in 0..<3 {
                let response = try await ledger(queue).perform(key, destination: "bank", requestHash: [1]) { _ in
                    .succeeded(
                        calls.withLock {
                            $0 += 1; return "paid \($0)"
                        })
                } readBack: { _ in
                    .unknown
                }
                #expect(response == "paid 1")
            }
            await #expect(throws: EffectKeyReused.self) {
                try await ledger(queue).perform(key, destination: "bank", requestHash: [2]) { _ in
                    .succeeded("x")
                } readBack: { _ in
                    .unknown
                }
            }
        }
    }

    @Test func `OPS-078 an unknown outcome is read back before anything is sent again`() async throws {
        struct TimedOut: Error {}
        try await Queue.with { queue in
            let sent = Mutex(0)
            await #expect(throws: TimedOut.self) {
                try await ledger(queue).perform(key, destination: "bank", requestHash: [1]) { _ -> EffectOutcome<String> in
                    sent.withLock { $0 += 1 }
                    throw TimedOut()
                } readBack: { _ in
                    .unknown
                }
            }
            await #expect(throws: EffectUnresolved.self) {
                try await ledger(queue).perform(key, destination: "bank", requestHash: [1]) { _ -> EffectOutcome<String> in
                    sent.withLock { $0 += 1 }
                    return .succeeded("twice")
                } readBack: { _ in
                    .unknown
                }
            }
            #expect(sent.withLock(\.self) == 1)
            let response = try await ledger(queue).perform(key, destination: "bank", requestHash: [1]) { _ in
                .succeeded("twice")
            } readBack: { _ in
                .succeeded("was paid")
            }
            #expect(response == "was paid")
            #expect(try await queue.count("effect", where: "state = 'succeeded'") == 1)
        }
    }

    @Test func `what was read back as never done is sent with the same key; a refusal is for good`() async throws {
        try await Queue.with { queue in
            try await queue.database.adminClient.execute(
                """
                INSERT INTO jobs.effect (key, destination, request_hash, state, created_at, updated_at)
                VALUES (\(key.rawValue), 'bank', \([1] as [UInt8]), 'sending', now(), now())
                """)
            let keys = Mutex<[String]>([])
            for _ in 0..<2 {
                await #expect(throws: EffectRefused(code: "card_declined")) {
                    try await ledger(queue).perform(key, destination: "bank", requestHash: [1]) { key -> EffectOutcome<String> in
                        keys.withLock { $0.append(key.rawValue) }
                        return .refused(code: "card_declined")
                    } readBack: { _ in
                        .notSent(retryAfter: nil)
                    }
                }
            }
            #expect(keys.withLock(\.self) == [key.rawValue])
        }
    }

    @Test func `OPS-062 ten failures in a row open the circuit of one destination`() {
        let circuits = CircuitBreakers()
        let now = ContinuousClock.now
        for _ in 0..<9 { circuits.failed("bank", now: now) }
        #expect(circuits.wait(for: "bank", now: now) == nil)
        circuits.failed("bank", now: now)
        #expect(circuits.wait(for: "bank", now: now) == .seconds(30))
        #expect(circuits.wait(for: "post", now: now) == nil)
        #expect(circuits.wait(for: "bank", now: now + .seconds(30)) == nil)
        #expect(circuits.wait(for: "bank", now: now + .seconds(31)) != nil)
        circuits.succeeded("bank")
        #expect(circuits.wait(for: "bank", now: now + .seconds(31)) == nil)
    }
}
