import Core
import Observability
import Synchronization
import Testing

@testable import Billing

@Suite struct DeliveryGroupsTests {
    /// Keeps what it is given as it is told, one call after the other, and knows what each call brought.
    private final class Keeper: DeliveryKeeping {
        private struct State {
            var calls: [[String]] = []
            var causes: [String: String] = [:]
            var isHolding = false
            var held: [CheckedContinuation<Void, Never>] = []
        }

        private let state = Mutex(State())

        var calls: [[String]] { state.withLock { $0.calls } }
        var causes: [String: String] { state.withLock { $0.causes } }

        func hold() { state.withLock { $0.isHolding = true } }

        func release() {
            let held = state.withLock { state in
                defer { state.held = [] }
                state.isHolding = false
                return state.held
            }
            for continuation in held { continuation.resume() }
        }

        func receive(_ deliveries: [ReceivedDelivery]) async throws -> Set<InboundEvent.ID> {
            await withCheckedContinuation { continuation in
                let goesOn = state.withLock { state in
                    state.calls.append(deliveries.map(\.event.providerEvent.rawValue))
                    for delivery in deliveries { state.causes[delivery.event.providerEvent.rawValue] = delivery.cause.requestID }
                    if state.isHolding { state.held.append(continuation) }
                    return !state.isHolding
                }
                if goesOn { continuation.resume() }
            }
            guard !deliveries.contains(where: { $0.event.type == "wrong" }) else { throw Wrong() }
            return Set(deliveries.map(\.event.id))
        }
    }

    private struct Wrong: Error {}

    private let now = Instant(secondsSinceEpoch: 1_800_000_000)

    private func event(_ id: String, type: String = "invoice.paid", bytes: Int = 2) -> InboundEvent {
        let event = VerifiedEvent(
            provider: "stripe", id: ProviderID(id), type: type, apiVersion: nil, livemode: false, created: now, objectID: nil,
            objectType: nil, references: .init())
        return InboundEvent(id: .make(at: now), event, body: [UInt8](repeating: 32, count: bytes), receivedAt: now)
    }

    /// Waits for something that others bring about.
    private func until(_ isSo: () -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(60)
        while !isSo() {
            try #require(ContinuousClock.now < end)
            await Task.yield()
        }
    }

    /// Holds the first write, lets the others gather, and gives what came of each.
    private func gather(_ events: [InboundEvent], in keeper: Keeper) async throws -> [String: Bool] {
        let groups = DeliveryGroups(store: keeper)
        keeper.hold()
        let first = Task { try await groups.keep(event("first")) }
        try await until { keeper.calls.count == 1 }
        return try await withThrowingTaskGroup(of: (String, Bool).self) { group in
            for (number, event) in events.enumerated() {
                group.addTask {
                    let id = event.providerEvent.rawValue
                    return await LogContext.$current.withValue(LogContext(requestID: "req_\(id)")) {
                        do {
                            try await groups.keep(event)
                            return (id, true)
                        } catch { return (id, false) }
                    }
                }
                // One after the other, so that they wait in this order.
                try await until { groups.waiting == number + 1 }
            }
            keeper.release()
            try await first.value
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    @Test func `STR-060 what arrives while something is written is written together, each with its own request`() async throws {
        let keeper = Keeper()
        let names = (1...9).map { "evt_\($0)" }
        let kept = try await gather(names.map { event($0) }, in: keeper)
        #expect(kept == Dictionary(uniqueKeysWithValues: names.map { ($0, true) }))
        #expect(keeper.calls == [["first"], names])
        #expect(keeper.causes["evt_4"] == "req_evt_4")
        // And who comes when nothing is being written does not wait.
        try await DeliveryGroups(store: keeper).keep(event("last"))
        #expect(keeper.calls.last == ["last"])
    }

    @Test func `STR-062 what is wrong with one event is not the others' fault: each is tried alone, and only it is refused`() async throws {
        let keeper = Keeper()
        let kept = try await gather([event("a"), event("b", type: "wrong"), event("c")], in: keeper)
        #expect(kept == ["a": true, "b": false, "c": true])
        #expect(keeper.calls.count == 5 && keeper.calls[1] == ["a", "b", "c"])
        #expect(Set(keeper.calls.dropFirst(2)) == [["a"], ["b"], ["c"]])
    }

    @Test func `STR-060 a transaction takes a hundred events or four mebibytes, the rest the next`() async throws {
        let keeper = Keeper()
        let kept = try await gather((1...130).map { event("evt_\($0)") }, in: keeper)
        #expect(kept.count == 130 && kept.values.allSatisfy(\.self))
        #expect(keeper.calls.map(\.count) == [1, 100, 30])
        let large = Keeper()
        _ = try await gather((1...6).map { event("evt_\($0)", bytes: 1 << 20) }, in: large)
        #expect(large.calls.map(\.count) == [1, 4, 2])
    }
}
