internal import Core
internal import Cryptography
internal import Synchronization

/// All accounts, their deliveries, and the clock that they follow.
///
/// Every call runs at one moment under one lock, so that the order of calls decides everything; whoever waits for something to happen is woken.
final class StripeSimulator: Sendable {
    struct World: Sendable {
        var baseURL = ""
        var accounts: [String: Account] = [:]
        var keys: [String] = []
        var idempotency: [String: IdempotencyMemory] = [:]
        var deliveries = DeliveryQueue()
        var faults: FaultList
        var transcript = Transcript()
        var requestIDs: IDGenerator
        /// How many calls each account made in the present second.
        var rates: [String: RateWindow] = [:]
        /// Where what changes is written down, what of it cannot be read off the accounts, and why that failed.
        var journal: StateJournal?
        var emptied: [String] = []
        var isClockMoved = false
        var journalFailure: String?
    }

    let seed: UInt64
    let clock: SteppedDateSource
    let changes = ChangeSignal()
    private let world: Mutex<World>

    init(seed: UInt64, clock: SteppedDateSource) {
        self.seed = seed
        self.clock = clock
        world = Mutex(World(faults: FaultList(seed: seed), requestIDs: IDGenerator(seed: seed ^ 0x5EED)))
    }

    /// The simulator's own address, for links in objects; to be set before the first account is made.
    var baseURL: String {
        get { world.withLock { $0.baseURL } }
        set {
            world.withLock { world in
                world.baseURL = newValue
                for key in world.keys { world.accounts[key]?.baseURL = newValue }
            }
        }
    }

    /// Looks at or changes everything, without telling anybody. What changed is in the journal, where there is one, before this returns.
    func withWorld<Result: Sendable>(_ body: (inout World) throws -> Result) rethrows -> Result {
        try world.withLock { world in
            defer { keep(&world) }
            return try body(&world)
        }
    }

    /// Does something to an account, publishes what happened there, and queues its deliveries; also when it throws, for a refusal may leave traces.
    func withAccount<Result: Sendable>(
        _ key: String, requestID: String? = nil, idempotencyKey: String? = nil, _ body: (inout Account) throws -> Result
    ) throws -> Result {
        defer { changes.notify() }
        return try withWorld { try inAccount(key, &$0, requestID: requestID, idempotencyKey: idempotencyKey, body) }
    }

    /// The same for who has the world already, and wakes those who wait.
    func inAccount<Result>(
        _ key: String, _ world: inout World, requestID: String? = nil, idempotencyKey: String? = nil,
        _ body: (inout Account) throws -> Result
    ) rethrows -> Result {
        let now = clock.now
        runTimers(&world, until: now)
        var account = takeAccount(key, &world)
        account.occasion = .init(now: now.secondsSinceEpoch, requestID: requestID, idempotencyKey: idempotencyKey)
        defer { publish(&account, key, &world, at: now) }
        return try body(&account)
    }

    /// Runs every timer that is due, and takes what is to be sent now.
    func takeDeliveries() -> [Delivery] {
        let (ran, due) = withWorld { world in
            let now = clock.now
            return (runTimers(&world, until: now), world.deliveries.takeReady(at: now))
        }
        // Where nothing is to be sent, this is the end of it for whoever waits until it is quiet.
        if ran, due.isEmpty { changes.notify() }
        return due
    }

    /// When something will happen by itself: a timer of an account, or a delivery.
    var nextDue: Instant? {
        world.withLock { world in
            let timers = world.accounts.values.compactMap { $0.timers.next.map { Instant(secondsSinceEpoch: $0.time) } }
            return (timers + [world.deliveries.nextDue].compactMap(\.self)).min()
        }
    }

    /// Whether nothing is being sent and nothing is due.
    var isQuiet: Bool {
        world.withLock { world in
            let now = clock.now
            return !world.deliveries.isSending && world.deliveries.nextDue.map { $0 > now } != false
                && world.accounts.values.allSatisfy { $0.timers.next.map { $0.time > now.secondsSinceEpoch } != false }
        }
    }

    /// Takes the account of a key out of the world, making it on first use; ``publish(_:_:_:at:)`` puts it back.
    private func takeAccount(_ key: String, _ world: inout World) -> Account {
        if let account = world.accounts.removeValue(forKey: key) { return account }
        world.keys.append(key)
        let digest = SHA256.digest(of: key)
        let number = digest.prefix(8).reduce(seed) { $0 << 8 ^ UInt64($1) ^ ($0 >> 56) }
        var names = IDGenerator(seed: number)
        return Account(id: names.id("acct", length: 16), seed: number, baseURL: world.baseURL, now: clock.now.secondsSinceEpoch)
    }

    private func publish(_ account: inout Account, _ key: String, _ world: inout World, at now: Instant) {
        account.publishEvents()
        enqueue(&account, key, &world, at: now)
        world.accounts[key] = account
    }

    private func enqueue(_ account: inout Account, _ key: String, _ world: inout World, at now: Instant) {
        let batch = account.outbox.compactMap { item in account.events[item.event].map { (event: $0, endpoint: item.endpoint) } }
        account.outbox = []
        if !batch.isEmpty { world.deliveries.add(batch, account: key, at: now) }
    }

    /// Runs the timers of all accounts in the order of their times.
    ///
    /// - Returns: whether there were any.
    @discardableResult
    func runTimers(_ world: inout World, until now: Instant) -> Bool {
        let limit = now.secondsSinceEpoch
        var ran = false
        while true {
            let due = world.keys.compactMap { key in world.accounts[key]?.timers.next.map { (time: $0.time, key: key) } }
            guard let next = due.min(by: { $0.time < $1.time }), next.time <= limit,
                var account = world.accounts.removeValue(forKey: next.key)
            else { return ran }
            ran = true
            _ = account.runTimer(dueAt: next.time)
            enqueue(&account, next.key, &world, at: max(Instant(secondsSinceEpoch: next.time), Instant(secondsSinceEpoch: 0)))
            world.accounts[next.key] = account
        }
    }
}
