import Billing
import BillingPostgres
import Core
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

/// Calls to the provider, counted for all processes; the clock stands until a test moves it.
@Suite struct CallAllowanceTests {
    @Test func `STR-017 STR-E34 processes that lease at once get what there is together, shares are kept, and a refusal slows all of them`()
        async throws
    {
        try await BillingWorld.with { world in
            let limits = CallLimits(overall: 200, endpoint: 1_000)
            // Two processes, each with connections of its own.
            let (one, other) = (
                PostgresCallAllowance(client: world.database.client, limits: limits, dateSource: world.clock),
                PostgresCallAllowance(client: world.database.systemClient, limits: limits, dateSource: world.clock)
            )
            func storm(_ share: CallShare) async throws -> Int64 {
                try await withThrowingTaskGroup(of: Int64.self) { group in
                    for number in 0..<16 {
                        group.addTask { try await (number.isMultiple(of: 2) ? one : other).lease(4, of: share, at: "customers") }
                    }
                    return try await group.reduce(0, +)
                }
            }
            // A fifth of a second's calls of the share, whoever asks; then none before time passes.
            #expect(try await storm(.money) == 12)
            #expect(try await one.lease(1, of: .money, at: "prices") == 0)
            #expect(try await other.lease(4, of: .interactive, at: "customers") == 4)
            world.clock.advance(by: .milliseconds(100))
            #expect(try await storm(.money) == 3)
            // Refusals of one moment count as one.
            for allowance in [one, other] { try await allowance.slowDown() }
            world.clock.advance(by: .milliseconds(200))
            #expect(try await storm(.money) == 4)
            world.clock.advance(by: .seconds(50))
            #expect(try await storm(.money) == 12)
            world.clock.advance(by: .milliseconds(200))
            #expect(try await storm(.money) == 7)
        }
    }

    @Test func `STR-017 one endpoint has a limit of its own, whatever the share`() async throws {
        try await BillingWorld.with { world in
            let limits = CallLimits(overall: 1_000, endpoint: 20)
            let allowance = PostgresCallAllowance(client: world.database.client, limits: limits, dateSource: world.clock)
            let leased = [
                try await allowance.lease(4, of: .money, at: "invoices"), try await allowance.lease(4, of: .interactive, at: "invoices"),
                try await allowance.lease(4, of: .interactive, at: "prices"),
            ]
            #expect(leased == [4, 0, 4])
        }
    }
}
