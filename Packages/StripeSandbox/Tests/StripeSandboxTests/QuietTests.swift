import Core
import PlatformTesting
import Testing

@testable import StripeSandbox

/// Whoever waits until nothing is due is told when that is so; the clock is stepped.
@Suite struct QuietTests {
    @Test func `STR-169 timers that leave nothing to be delivered wake whoever waits for them, and nothing else does`() throws {
        let clock = SteppedDateSource.fixed()
        let simulator = StripeSimulator(seed: 1, clock: clock)
        let due = clock.now.secondsSinceEpoch + 60
        try simulator.withAccount("sk_test_a") { $0.setTimer(.giveUp(invoice: "in_none"), at: due, testClock: nil) }
        let before = simulator.changes.generation
        #expect(simulator.takeDeliveries().isEmpty && simulator.changes.generation == before && simulator.isQuiet)
        clock.advance(to: Instant(secondsSinceEpoch: due))
        #expect(!simulator.isQuiet)
        #expect(simulator.takeDeliveries().isEmpty)
        #expect(simulator.isQuiet && simulator.changes.generation > before)
        let after = simulator.changes.generation
        #expect(simulator.takeDeliveries().isEmpty && simulator.changes.generation == after)
    }
}
