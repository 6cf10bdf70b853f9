internal import Core

/// An account, or what changed in it, in the form in which it is written down.
///
/// The same form serves both: a whole account is what changed since it was empty.
struct AccountState: Codable, Sendable {
    var id: String
    var created: Int64
    var settings: AccountSettings
    /// Where the sequence of ids stands, as the bits of a signed number, for JSON has no others of this size.
    var idPosition: Int64
    /// Objects by their kind, in the order they were made.
    var objects: [String: [JSONValue]] = [:]
    /// The ids of objects that are gone, by their kind.
    var removed: [String: [String]] = [:]
    var timers: [TimerQueue.Step] = []
    var testClockTimers: [String: [TimerQueue.Step]] = [:]
    /// Calls that were answered, by their idempotency keys.
    var answered: [String: IdempotencyMemory.Record] = [:]

    var isEmpty: Bool {
        objects.isEmpty && removed.isEmpty && timers.isEmpty && testClockTimers.isEmpty && answered.isEmpty
    }

    /// The same in pieces of a bounded number of objects, to be put one after the other.
    var pieces: [AccountState] {
        var rest = self
        rest.objects = [:]
        let sliced = objects.sorted { $0.key < $1.key }.flatMap { kind, all in
            stride(from: 0, to: all.count, by: 1_000).map { start in
                var piece = AccountState(id: id, created: created, settings: settings, idPosition: idPosition)
                piece.objects = [kind: Array(all[start..<min(start + 1_000, all.count)])]
                return piece
            }
        }
        return sliced + [rest]
    }
}

extension Account {
    /// The whole account.
    func state() throws -> AccountState {
        var state = head
        for table in Self.tables {
            let objects = try table.all(in: self)
            if !objects.isEmpty { state.objects[table.kind] = objects }
        }
        state.timers = timers.allSteps
        state.testClockTimers = testClockTimers.mapValues(\.allSteps)
        return state
    }

    /// From now on it is remembered what changes.
    mutating func watchChanges() {
        guard !isWatched else { return }
        isWatched = true
        for table in Self.tables { table.watchChanges(in: &self) }
        timers.watchSteps()
        for clock in testClockTimers.keys { testClockTimers[clock]?.watchSteps() }
        keptSettings = settings
    }

    /// What changed since the last call; `nil` when nothing did.
    mutating func takeChanges() throws -> AccountState? {
        var state = head
        for table in Self.tables {
            let (objects, removed) = try table.takeChanges(in: &self)
            if !objects.isEmpty { state.objects[table.kind] = objects }
            if !removed.isEmpty { state.removed[table.kind] = removed }
        }
        state.timers = timers.takeSteps()
        for clock in testClockTimers.keys {
            let steps = testClockTimers[clock]?.takeSteps() ?? []
            if !steps.isEmpty { state.testClockTimers[clock] = steps }
        }
        guard !state.isEmpty || settings != keptSettings else { return nil }
        keptSettings = settings
        return state
    }

    /// Makes the changes that another account of the same id and seed wrote down.
    ///
    /// - Throws: a decoding failure when an object is not of its kind.
    mutating func put(_ state: AccountState) throws {
        settings = state.settings
        ids = IDGenerator(seed: UInt64(bitPattern: state.idPosition))
        for table in Self.tables {
            try table.put(state.objects[table.kind] ?? [], into: &self)
            table.remove(state.removed[table.kind] ?? [], from: &self)
        }
        timers.follow(state.timers)
        for clock in state.removed[TestClock.object] ?? [] { testClockTimers[clock] = nil }
        for (clock, steps) in state.testClockTimers { testClockTimers[clock, default: TimerQueue()].follow(steps) }
    }

    /// Makes the indexes out of the objects.
    mutating func makeIndexes() {
        subscriptionsOfCustomer = Dictionary(grouping: subscriptions.newestFirst.reversed(), by: \.customer).mapValues { $0.map(\.id) }
        let billed = invoices.newestFirst.reversed().filter { $0.subscription != nil }
        invoicesOfSubscription = Dictionary(grouping: billed) { $0.subscription ?? "" }.mapValues { $0.map(\.id) }
        paymentsOfInvoice = Dictionary(grouping: invoicePayments.newestFirst.reversed(), by: \.invoice).mapValues { $0.map(\.id) }
    }

    var head: AccountState {
        AccountState(id: id, created: created, settings: settings, idPosition: Int64(bitPattern: ids.position))
    }
}
