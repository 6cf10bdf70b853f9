internal import Core

/// All deliveries, those that wait and the last that ended.
struct DeliveryQueue: Sendable {
    private static let remembered = 10_000

    var policy = DeliveryPolicy()
    var rules: [DeliveryRule] = []
    private(set) var deliveries: [Int: Delivery] = [:]
    private var waiting: Set<Int> = []
    private var sending: Set<Int> = []
    private var nextID = 1
    private var nextSequence = 1
    /// The deliveries that were added, changed or forgotten since they were last taken; `nil` as long as nobody wants to know.
    private var changed: Set<Int>?

    /// Takes the events of one happening.
    mutating func add(_ batch: [(event: Event, endpoint: String)], account: String, at now: Instant) {
        for item in ordered(batch) {
            for copy in 0..<max(1, policy.copies) { add(item.event, item.endpoint, account, isExtra: copy > 0, at: now) }
        }
    }

    private mutating func ordered(_ batch: [(event: Event, endpoint: String)]) -> [(event: Event, endpoint: String)] {
        switch policy.order {
        case .natural, .strict: return batch
        case .reverse: return batch.reversed()
        case .shuffle:
            var generator = IDGenerator(seed: policy.seed &+ UInt64(nextSequence))
            return batch.map { ($0, generator.next()) }.sorted { $0.1 < $1.1 }.map(\.0)
        }
    }

    private mutating func add(_ event: Event, _ endpoint: String, _ account: String, isExtra: Bool, at now: Instant) {
        var delivery = Delivery(
            id: 0, account: account, event: event.id, type: event.type, endpoint: endpoint, isExtra: isExtra, sequence: 0,
            state: policy.isHolding ? .held : .waiting, dueAt: now)
        var copies = 1
        if let rule = takeRule(for: event.type) {
            switch rule.action {
            case .drop: delivery.state = .dropped
            case .hold: delivery.state = .held
            case .delay: delivery.dueAt = now + .seconds(rule.seconds ?? 60)
            case .duplicate: copies = max(1, rule.times ?? 2)
            case .sign: delivery.signature = rule.signature ?? .wrong
            }
        }
        for copy in 0..<copies { insert(delivery, isExtra: isExtra || copy > 0) }
    }

    private mutating func takeRule(for type: String) -> DeliveryRule? {
        guard let index = rules.firstIndex(where: { Account.matches(type, $0.type) && $0.count != 0 }) else { return nil }
        if let count = rules[index].count { rules[index].count = count - 1 }
        return rules[index]
    }

    private mutating func insert(_ template: Delivery, isExtra: Bool) {
        let delivery = Delivery(
            id: nextID, account: template.account, event: template.event, type: template.type, endpoint: template.endpoint,
            isExtra: isExtra,
            sequence: nextSequence, state: template.state, dueAt: template.dueAt, signature: template.signature)
        nextID += 1
        nextSequence += 1
        put(delivery)
        forgetOld()
    }

    /// Sends an event once more, whatever became of it.
    mutating func resend(_ event: Event, to endpoints: [String], account: String, times: Int, signature: SignatureForm, at now: Instant) {
        for endpoint in endpoints {
            for _ in 0..<times {
                insert(
                    Delivery(
                        id: 0, account: account, event: event.id, type: event.type, endpoint: endpoint, isExtra: true, sequence: 0,
                        state: .waiting, dueAt: now, signature: signature), isExtra: true)
            }
        }
    }

    /// Lets held deliveries go, in an order of their own.
    ///
    /// - Returns: how many.
    mutating func release(order: DeliveryPolicy.Order, seed: UInt64, at now: Instant) -> Int {
        var held = deliveries.values.filter { $0.state == .held }.sorted { $0.sequence < $1.sequence }
        switch order {
        case .natural, .strict: break
        case .reverse: held.reverse()
        case .shuffle:
            var generator = IDGenerator(seed: seed)
            held = held.map { ($0, generator.next()) }.sorted { $0.1 < $1.1 }.map(\.0)
        }
        for delivery in held {
            deliveries[delivery.id]?.state = .waiting
            deliveries[delivery.id]?.sequence = nextSequence
            deliveries[delivery.id]?.dueAt = now
            changed?.insert(delivery.id)
            waiting.insert(delivery.id)
            nextSequence += 1
        }
        return held.count
    }

    /// Takes what may be sent now: all that is due, or the first when they go one after the other.
    mutating func takeReady(at now: Instant) -> [Delivery] {
        let due = waiting.compactMap { deliveries[$0] }.filter { $0.dueAt <= now }.sorted {
            ($0.dueAt, $0.sequence) < ($1.dueAt, $1.sequence)
        }
        let taken: ArraySlice<Delivery>
        if policy.order == .natural {
            taken = due[...]
        } else {
            taken = sending.isEmpty ? due.prefix(1) : []
        }
        for delivery in taken {
            waiting.remove(delivery.id)
            sending.insert(delivery.id)
            deliveries[delivery.id]?.state = .sending
            deliveries[delivery.id]?.attempts += 1
            changed?.insert(delivery.id)
        }
        return taken.compactMap { deliveries[$0.id] }
    }

    /// Notes what came of an attempt.
    ///
    /// - Returns: whether the delivery has ended, and how; `nil` when it will be tried again.
    mutating func finish(_ id: Int, _ outcome: DeliveryOutcome, retries: [Int64], at now: Instant) -> Bool? {
        sending.remove(id)
        guard var delivery = deliveries[id] else { return nil }
        switch outcome {
        case .status(let status): (delivery.lastStatus, delivery.lastFailure) = (status, nil)
        case .failed(let reason): (delivery.lastStatus, delivery.lastFailure) = (nil, reason)
        }
        var ended: Bool? = outcome.isSuccess
        if outcome.isSuccess {
            delivery.state = .delivered
        } else if delivery.attempts <= retries.count {
            delivery.state = .waiting
            delivery.dueAt = now + .seconds(retries[delivery.attempts - 1])
            ended = nil
        } else {
            delivery.state = .failed
        }
        put(delivery)
        return ended
    }

    /// Gives up a delivery whose endpoint is gone.
    mutating func drop(_ id: Int) {
        sending.remove(id)
        waiting.remove(id)
        deliveries[id]?.state = .dropped
        changed?.insert(id)
    }

    /// When the next one is due.
    var nextDue: Instant? {
        waiting.compactMap { deliveries[$0]?.dueAt }.min()
    }

    var isSending: Bool { !sending.isEmpty }

    func count(_ state: Delivery.State) -> Int {
        deliveries.values.count { $0.state == state }
    }

    private mutating func put(_ delivery: Delivery) {
        deliveries[delivery.id] = delivery
        changed?.insert(delivery.id)
        if delivery.state == .waiting { waiting.insert(delivery.id) }
    }

    private mutating func forgetOld() {
        guard deliveries.count > Self.remembered + 1_000 else { return }
        let ended = deliveries.values.filter(\.hasEnded).sorted { $0.id < $1.id }
        for delivery in ended.prefix(deliveries.count - Self.remembered) { forget(delivery.id) }
    }

    private mutating func forget(_ id: Int) {
        waiting.remove(id)
        deliveries[id] = nil
        changed?.insert(id)
    }
}

extension DeliveryQueue {
    /// From now on it is remembered what changes.
    mutating func watchChanges() {
        changed = []
    }

    /// What changed since the last call, in order, and what was forgotten.
    mutating func takeChanges() -> (deliveries: [Delivery], forgotten: [Int]) {
        guard let ids = changed, !ids.isEmpty else { return ([], []) }
        changed = []
        let sorted = ids.sorted()
        return (sorted.compactMap { deliveries[$0] }, sorted.filter { deliveries[$0] == nil })
    }

    /// What of an account has not ended, in order.
    func unended(of account: String) -> [Delivery] {
        deliveries.values.filter { $0.account == account && !$0.hasEnded }.sorted { $0.sequence < $1.sequence }
    }

    /// Forgets whatever belongs to an account; what is being sent ends as if it had been dropped.
    mutating func removeAll(of account: String) {
        for delivery in deliveries.values where delivery.account == account { forget(delivery.id) }
    }

    /// Takes up deliveries that another queue had. What was being sent there is sent once more, for nobody knows what came of it.
    mutating func resume(_ others: [Delivery], as account: String? = nil) {
        for other in others {
            var delivery = Delivery(
                id: nextID, account: account ?? other.account, event: other.event, type: other.type, endpoint: other.endpoint,
                isExtra: other.isExtra,
                sequence: nextSequence, state: other.state == .sending ? .waiting : other.state, dueAt: other.dueAt,
                attempts: other.attempts, signature: other.signature)
            (delivery.lastStatus, delivery.lastFailure) = (other.lastStatus, other.lastFailure)
            nextID += 1
            nextSequence += 1
            put(delivery)
        }
    }
}
