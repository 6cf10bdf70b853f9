import Core
import FoundationEssentials
import Jobs
import PlatformTesting
import Postgres
import Synchronization
import Testing

@testable import JobsPostgres

/// Waits in the same lane as payments.
private struct Refund: Job {
    static let kind = "test.refund"
    static let lane = Lane.money
    var number: Int
}

struct LimitTests {
    /// How many were at work at once.
    private final class Peak: Sendable {
        private let state = Mutex((now: 0, most: 0))
        func enter() { state.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) } }
        func leave() { state.withLock { $0.now -= 1 } }
        var now: Int { state.withLock(\.now) }
        var most: Int { state.withLock(\.most) }
    }

    @Test func `OPS-060 limits are told in one line, and a line that is wrong is none`() {
        var limits = JobLimits()
        limits.kinds = ["graphs.take_backup": 2, "mail.send": 7]
        limits.destinations = ["stripe": 8]
        limits.perOrg = 4
        #expect(JobLimits("kind:graphs.take_backup=2,destination:stripe=8,org=4,kind:mail.send=7") == limits)
        #expect(JobLimits("") == JobLimits())
        for text in [
            "kind=2", "kind:=2", "kind:a", "kind:a=0", "kind:a=10001", "kind:a=2,kind:a=3", "org=1,org=2", "org:a=1", "lane:a=1", "a", "=",
            "kind:a=b",
        ] { #expect(JobLimits(text) == nil, "\(text)") }
    }

    @Test(.timeLimit(.minutes(15)), arguments: [true, false])
    func `OPS-060 what is over the limit of its kind or org waits without a slot and without an attempt, and others go before it`(
        isOfKind: Bool
    ) async throws {
        try await Queue.with { queue in
            let (peak, refunds, door) = (Peak(), Record(), Door())
            let (busy, other) = (UUID(), UUID())
            var registry = JobRegistry()
            registry.register(
                Handler(Payment.self) { _, _ in
                    peak.enter()
                    await door.wait()
                    peak.leave()
                    return .completed
                })
            registry.register(
                Handler(Refund.self) { job, _ in
                    refunds.add("\(job.number)")
                    return .completed
                })
            // The payments come first, and there are more of them than there are slots.
            for number in 1...6 { try await queue.enqueue(Payment(number: number), JobOptions(org: busy)) }
            for number in 1...3 { try await queue.enqueue(Refund(number: number), JobOptions(org: other)) }
            var limits = JobLimits()
            if isOfKind { limits.kinds = [Payment.kind: 2] } else { limits.perOrg = 2 }
            let configured = limits
            try await queue.working(
                registry,
                {
                    $0.slots = [.money: 4]
                    $0.limits = configured
                }
            ) { _ in
                try await eventually("the refunds") { refunds.all.count == 3 }
                try await eventually("two payments at work") { peak.now == 2 }
                try await queue.until("(SELECT count(*) FROM jobs.job WHERE lease_by IS NULL) = 4")
                #expect(try await queue.count("job", where: "lease_by IS NULL AND attempt > 0") == 0)
                door.open()
                try await queue.until("NOT EXISTS (SELECT FROM jobs.job)")
            }
            #expect(peak.most == 2)
            #expect(try await queue.count("job_history", where: "outcome = 1 AND attempt = 1") == 9)
            #expect(try await queue.count("job_error") == 0)
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func `OPS-060 a kind with slots of its own holds up nothing else in its lane, no org more than its share, and no member either`()
        async throws
    {
        try await Queue.with { queue in
            let (peak, done, payments, door) = (Peak(), Record(), Record(), Door())
            let (busy, other) = (UUID(), UUID())
            var registry = JobRegistry()
            registry.register(
                Handler(Errand.self) { job, _ in
                    if job.house == "slow" {
                        peak.enter()
                        await door.wait()
                        peak.leave()
                    }
                    done.add("\(job.house) \(job.number)")
                    return .completed
                })
            registry.register(
                Handler(Payment.self) { job, _ in
                    payments.add("\(job.number)")
                    return .completed
                })
            for number in 1...9 { try await queue.enqueue(Errand(house: "slow", number: number), JobOptions(org: busy)) }
            for number in 1...2 { try await queue.enqueue(Errand(house: "quick", number: number), JobOptions(org: busy)) }
            for number in 3...4 { try await queue.enqueue(Errand(house: "far", number: number), JobOptions(org: other)) }
            for number in 1...3 { try await queue.enqueue(Payment(number: number), JobOptions(org: busy)) }
            try await queue.working(registry, { $0.slots = [.money: 1] }) { _ in
                try await eventually("everything but what is slow") { done.all.count == 4 && payments.all.count == 3 }
                try await eventually("two at the slow house") { peak.now == 2 }
                // What waits was never taken to be given back.
                #expect(try await queue.count("job", where: "lease_by IS NULL AND (attempt > 0 OR lease_token > 0)") == 0)
                #expect(try await queue.count("job", where: "lease_by IS NULL") == 7)
                #expect(Set(done.all) == ["quick 1", "quick 2", "far 3", "far 4"])
                door.open()
                try await queue.until("NOT EXISTS (SELECT FROM jobs.job)")
            }
            #expect(peak.most == 2)
            #expect(try await queue.count("job_history", where: "outcome = 1 AND attempt = 1") == 16)
        }
    }

    @Test func `OPS-060 a destination that is called as often as it may be is not called; the key is known not to have been sent`()
        async throws
    {
        try await Queue.with { queue in
            let ledger = PostgresEffectLedger(client: queue.database.systemClient, dateSource: queue.clock, limits: ["bank": 1])
            let (called, answer) = (Door(), Door())
            async let first = ledger.perform(EffectKey(rawValue: "one"), destination: "bank", requestHash: [1]) { _ in
                called.open()
                await answer.wait()
                return .succeeded("paid")
            } readBack: { _ in
                .unknown
            }
            await called.wait()
            func second() async throws -> String {
                try await ledger.perform(EffectKey(rawValue: "two"), destination: "bank", requestHash: [2]) { _ in
                    .succeeded("paid too")
                } readBack: { _ in
                    .unknown
                }
            }
            await #expect(throws: DestinationUnavailable(destination: "bank", retryAfter: .seconds(1))) { try await second() }
            #expect(try await queue.count("effect", where: "key = 'two' AND state = 'not_sent'") == 1)
            // Others are no concern of the limit.
            let other = try await ledger.perform(EffectKey(rawValue: "three"), destination: "post", requestHash: [3]) { _ in
                .succeeded("sent")
            } readBack: { _ in
                .unknown
            }
            #expect(other == "sent")
            answer.open()
            #expect(try await first == "paid")
            #expect(try await second() == "paid too")
        }
    }
}

/// Goes to a house: four at once for an org, two at once to a house, beside its lane.
private struct Errand: Job {
    static let kind = "test.errand"
    static let lane = Lane.money
    static let ownSlots: OwnSlots? = OwnSlots(count: 6, perOrg: 4, member: "house", perMember: 2)
    let house: String
    let number: Int
}
