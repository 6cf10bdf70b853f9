import Audit
import AuditPostgres
import Billing
import BillingPostgres
import BillingStripe
import BillingTesting
import Core
import Cryptography
import EventLoops
import HTTPClient
import Identity
import IdentityPostgres
import Jobs
import JobsPostgres
import JobsTesting
import Observability
import Orgs
import PlatformTesting
import Postgres
import Synchronization
import Testing

/// What happened does not depend on the order in which it was heard of, nor on how often.
@Suite struct WholeLifeTests {
    private func life(
        _ seed: UInt64, days: Int, _ news: NewsOrder, checking: Bool = false
    ) async throws -> (footprint: PayersLife.Footprint, diary: [String]) {
        let result = Mutex<(PayersLife.Footprint, [String])?>(nil)
        try await SimulatedWorld.with(seed: seed) { world in
            let life = PayersLife(world, seed: seed, news: news)
            try await life.live(days: days)
            let footprint = try await life.footprint()
            if checking { try await life.checkInvariants() }
            let diary = life.diary
            result.withLock { $0 = (footprint, diary) }
        }
        return try #require(result.withLock { $0 })
    }

    private func compare(_ one: PayersLife.Footprint, _ other: PayersLife.Footprint, _ diary: [String]) {
        let story = Comment(rawValue: diary.joined(separator: "\n"))
        #expect(one.rows == other.rows, story)
        #expect(one.bills == other.bills, story)
        #expect(one.money == other.money, story)
        #expect(one.told == other.told, story)
    }

    @Test func `STR-E17 STR-123 two months of news in ten other orders, a fifth of it twice, end where the news as sent ends`() async throws
    {
        let ordered = try await life(7, days: 60, .asSent)
        for seed in 1...10 {
            let shuffled = try await life(7, days: 60, .shuffled(UInt64(seed)))
            compare(ordered.footprint, shuffled.footprint, ordered.diary + ["shuffled by \(seed)"])
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func
        `BIL-126 two years of a payer: nothing is charged twice, no number is missing, credits sum to zero, nothing differs here and there`(
            _ seed: UInt64
        )
        async throws
    {
        let ordered = try await life(seed, days: 730, .asSent, checking: true)
        let shuffled = try await life(seed, days: 730, .shuffled(seed &+ 100), checking: true)
        compare(ordered.footprint, shuffled.footprint, ordered.diary + ["seed \(seed)"])
    }
}
