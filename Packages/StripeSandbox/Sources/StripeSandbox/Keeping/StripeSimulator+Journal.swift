internal import Core

/// An account as it is carried from one simulator to another, or back to an earlier time.
struct SavedAccount: Codable, Sendable {
    static let format = 1

    var format: Int
    /// The simulator's time at which it was saved.
    var now: Instant
    var account: AccountState
    /// What had not been delivered to its end.
    var deliveries: [Delivery]
}

extension StripeSimulator {
    /// Takes up what a journal holds, and writes down from now on what changes. To be called before anybody else has the simulator.
    ///
    /// - Throws: ``JournalError``, or a decoding failure when an object in it is not of its kind.
    func resume(from journal: StateJournal) throws {
        let entries = try journal.read()
        if let last = entries.last { clock.advance(to: last.now) }
        try withWorld { world in
            var deliveries: [Int: Delivery] = [:]
            for entry in entries {
                for key in entry.emptied { empty(key, in: &world) }
                for (key, state) in entry.accounts.sorted(by: { $0.key < $1.key }) { try put(state, key, into: &world) }
                for id in entry.forgottenDeliveries { deliveries[id] = nil }
                for delivery in entry.deliveries { deliveries[delivery.id] = delivery }
                world.requestIDs = IDGenerator(seed: UInt64(bitPattern: entry.requestPosition))
            }
            // Requests that changed nothing left no line; their ids are not given again.
            world.requestIDs.skip(1 << 32)
            for key in world.keys { world.accounts[key]?.makeIndexes() }
            world.deliveries.resume(deliveries.values.sorted { $0.sequence < $1.sequence })
            world.deliveries.watchChanges()
            // What was learnt from many lines is written as few, so that the file grows with the state and not with its history.
            var whole = try world.keys.flatMap { key in
                try keptWhole(key, in: &world)?.pieces.map { newEntry(world, accounts: [key: $0]) } ?? []
            }
            whole.append(newEntry(world, deliveries: world.deliveries.deliveries.values.sorted { $0.id < $1.id }))
            try journal.replace(by: whole)
            world.journal = journal
        }
    }

    /// Writes down what changed; what failed is said in the answers to all calls after it.
    func keep(_ world: inout World) {
        guard let journal = world.journal, world.journalFailure == nil else { return }
        do {
            var entry = newEntry(world)
            entry.emptied = world.emptied
            for key in world.keys {
                let changes = world.accounts[key]?.isWatched == true ? try changes(key, in: &world) : try keptWhole(key, in: &world)
                if let changes { entry.accounts[key] = changes }
            }
            (entry.deliveries, entry.forgottenDeliveries) = world.deliveries.takeChanges()
            guard
                world.isClockMoved || !entry.emptied.isEmpty || !entry.accounts.isEmpty || !entry.deliveries.isEmpty
                    || !entry.forgottenDeliveries.isEmpty
            else { return }
            world.emptied = []
            world.isClockMoved = false
            try journal.append(entry)
        } catch {
            world.journalFailure = "The simulator cannot keep its state: \(error)"
        }
    }

    private func newEntry(_ world: World, accounts: [String: AccountState] = [:], deliveries: [Delivery] = []) -> JournalEntry {
        JournalEntry(
            now: clock.now, requestPosition: Int64(bitPattern: world.requestIDs.position), accounts: accounts, deliveries: deliveries)
    }

    /// What changed in an account since it was last asked for.
    private func changes(_ key: String, in world: inout World) throws -> AccountState? {
        let changes = try world.accounts[key]?.takeChanges()
        let answered = world.idempotency[key]?.takeAnswered() ?? [:]
        guard !answered.isEmpty, let account = world.accounts[key] else { return changes }
        var state = changes ?? account.head
        state.answered = answered
        return state
    }

    /// All of an account, which remembers from here on what changes in it.
    private func keptWhole(_ key: String, in world: inout World) throws -> AccountState? {
        let state = try whole(key, in: world)
        world.accounts[key]?.watchChanges()
        world.idempotency[key, default: IdempotencyMemory()].watchAnswers()
        return state
    }

    private func whole(_ key: String, in world: World) throws -> AccountState? {
        var state = try world.accounts[key]?.state()
        state?.answered = world.idempotency[key]?.allAnswered ?? [:]
        return state
    }

    private func put(_ state: AccountState, _ key: String, into world: inout World) throws {
        if world.accounts[key] == nil {
            world.keys.append(key)
            world.accounts[key] = Account(id: state.id, seed: 0, baseURL: world.baseURL, now: state.created)
        }
        try world.accounts[key]?.put(state)
        world.idempotency[key, default: IdempotencyMemory()].put(state.answered)
    }

    private func empty(_ key: String, in world: inout World) {
        world.accounts[key] = nil
        world.keys.removeAll { $0 == key }
        world.idempotency[key] = nil
        world.deliveries.removeAll(of: key)
        world.emptied.append(key)
    }

    /// Forgets an account with all that belongs to it.
    func empty(_ key: String) {
        withWorld { empty(key, in: &$0) }
        changes.notify()
    }

    /// An account as it is now, with what is due by now; `nil` for a key that nobody used.
    func save(_ key: String) throws -> SavedAccount? {
        defer { changes.notify() }
        return try withWorld { world in
            runTimers(&world, until: clock.now)
            return try whole(key, in: world).map { state in
                SavedAccount(format: SavedAccount.format, now: clock.now, account: state, deliveries: world.deliveries.unended(of: key))
            }
        }
    }

    /// Puts a saved account in the place of the one that has a key.
    ///
    /// - Throws: a decoding failure when an object is not of its kind; nothing is changed then.
    func restore(_ saved: SavedAccount, as key: String) throws {
        try withWorld { world in
            var account = Account(id: saved.account.id, seed: 0, baseURL: world.baseURL, now: saved.account.created)
            try account.put(saved.account)
            account.makeIndexes()
            empty(key, in: &world)
            world.keys.append(key)
            world.accounts[key] = account
            world.idempotency[key, default: IdempotencyMemory()].put(saved.account.answered)
            world.deliveries.resume(saved.deliveries, as: key)
        }
        changes.notify()
    }
}
