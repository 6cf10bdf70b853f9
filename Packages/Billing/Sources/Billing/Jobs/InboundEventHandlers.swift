internal import Audit
internal import Core
internal import Identity
public import Jobs
internal import Observability
internal import Orgs

/// Applies what a stored event tells: reads the object, then changes rows, log, events and the event itself in one transaction.
public struct ProcessInboundEventHandler<Store: BillingStore>: JobHandler {
    private let store: Store
    private let reader: ProviderNewsReader<Store>
    private let applier: ProviderNewsApplier<Store.Transaction>
    private let isSandboxMode: Bool
    private let log: Log

    init(
        store: Store, reader: ProviderNewsReader<Store>, applier: ProviderNewsApplier<Store.Transaction>, isSandboxMode: Bool, log: Log
    ) {
        self.store = store
        self.reader = reader
        self.applier = applier
        self.isSandboxMode = isSandboxMode
        self.log = log
    }

    /// Processes one event; what is done or parked stays so, so that a second run changes nothing.
    public func run(_ job: ProcessInboundEvent, context: JobContext) async throws -> JobOutcome {
        guard try await store.isOn(.processEvents) else { return .snoozed(until: context.now + BillingControl.pause) }
        guard let event = try await store.event(job.event), event.state == .received else { return .completed }
        // Real money and play money never meet (STR-E05).
        guard event.livemode != isSandboxMode else { return try await park(event, .wrongMode, nil, at: context.now) }
        guard let subject = ProviderSubject(of: event) else { return try await ignore(event, at: context.now) }
        do {
            var news = try await reader.read(subject, budget: .job)
            news.note(event.plainType)
            news.assigned = event.assigned
            if news.isFinalizationFailure {
                log.error("the provider could not finalise a bill", ["event": .string(event.id.description)])
            }
            return try await apply(news, event, at: context.now)
        } catch let failure as ProviderFailure {
            return try await failed(event, failure, at: context.now)
        }
    }

    private func apply(_ news: ProviderNews, _ event: InboundEvent, at now: Instant) async throws -> JobOutcome {
        do {
            return try await store.withTransaction(.system) { transaction in
                guard var event = try await transaction.lockedEvent(event.id), event.state == .received else { return .completed }
                switch try await applier.apply(news, event: event.id, in: transaction) {
                case .applied(let resolved): try await settle(&event, .applied, resolved, at: now, in: transaction)
                case .ignored(let resolved): try await settle(&event, .ignored, resolved, at: now, in: transaction)
                case .stale(let resolved): try await settle(&event, .duplicate, resolved, at: now, in: transaction)
                case .unresolved:
                    // Our own answer may still be on its way: only after 15 minutes is it nobody's (STR-065).
                    guard now - event.receivedAt > .minutes(15) else { return .snoozed(until: now + Self.pause(event, now)) }
                    try await park(&event, .unresolved, nil, at: now, in: transaction)
                case .unknownWord(let resolved): throw Parked(reason: .unknownWord, resolved: resolved)
                case .foreignPrice(let resolved): throw Parked(reason: .foreignPrice, resolved: resolved)
                case .forbidden(let resolved): throw Parked(reason: .forbiddenTransition, resolved: resolved)
                }
                return .completed
            }
        } catch let parked as Parked {
            return try await park(event, parked.reason, parked.resolved, at: now)
        }
    }

    /// Undoes the transaction: what came before the refused part must not stand either.
    private struct Parked: Error {
        let reason: InboundEvent.ParkReason
        let resolved: ResolvedEvent
    }

    private func failed(_ event: InboundEvent, _ failure: ProviderFailure, at now: Instant) async throws -> JobOutcome {
        if failure.kind == .unreadable || failure.kind == .refused { return try await park(event, .undecodable, nil, at: now) }
        if now - event.receivedAt > .days(3) { return try await park(event, .providerDown, nil, at: now) }
        return .snoozed(until: now + max(Self.pause(event, now), failure.retryAfter ?? .zero))
    }

    /// As long again as it has waited, from 10 s to an hour, which doubles the pauses.
    private static func pause(_ event: InboundEvent, _ now: Instant) -> Duration {
        min(max(now - event.receivedAt, .seconds(10)), .hours(1))
    }

    private func ignore(_ event: InboundEvent, at now: Instant) async throws -> JobOutcome {
        try await store.withTransaction(.system) { transaction in
            guard var event = try await transaction.lockedEvent(event.id), event.state == .received else { return .completed }
            try await settle(&event, .ignored, nil, at: now, in: transaction)
            return .completed
        }
    }

    private func park(
        _ event: InboundEvent, _ reason: InboundEvent.ParkReason, _ resolved: ResolvedEvent?, at now: Instant
    ) async throws -> JobOutcome {
        try await store.withTransaction(.system) { transaction in
            guard var event = try await transaction.lockedEvent(event.id), event.state == .received else { return .completed }
            try await park(&event, reason, resolved, at: now, in: transaction)
            return .completed
        }
    }

    private func park(
        _ event: inout InboundEvent, _ reason: InboundEvent.ParkReason, _ resolved: ResolvedEvent?, at now: Instant,
        in transaction: Store.Transaction
    ) async throws {
        event.state = .parked
        event.parkReason = reason
        try await transaction.settle(event, at: now)
        let actor = AuditActor.provider(AuditReference(event.id))
        try await transaction.record(WebhookReceivedEntry(event: event, resolved: resolved), by: actor)
        try await transaction.record(WebhookParkedEntry(event: event, resolved: resolved), by: actor)
        log.warning("provider event parked", ["event": .string(event.id.description), "reason": .string(reason.rawValue)])
    }

    private func settle(
        _ event: inout InboundEvent, _ outcome: InboundEvent.Outcome, _ resolved: ResolvedEvent?, at now: Instant,
        in transaction: Store.Transaction
    ) async throws {
        event.state = .done
        event.outcome = outcome
        try await transaction.settle(event, at: now)
        let actor = AuditActor.provider(AuditReference(event.id))
        try await transaction.record(WebhookReceivedEntry(event: event, resolved: resolved), by: actor)
        if outcome == .applied { try await transaction.record(WebhookAppliedEntry(event: event, resolved: resolved), by: actor) }
    }
}

/// Looks at an object of the provider although no event told of it.
public struct SyncProviderObjectHandler<Store: BillingStore>: JobHandler {
    private let store: Store
    private let reader: ProviderNewsReader<Store>
    private let applier: ProviderNewsApplier<Store.Transaction>

    init(store: Store, reader: ProviderNewsReader<Store>, applier: ProviderNewsApplier<Store.Transaction>) {
        self.store = store
        self.reader = reader
        self.applier = applier
    }

    /// Reads the object and applies it like news from an event; twice is once.
    public func run(_ job: SyncProviderObject, context: JobContext) async throws -> JobOutcome {
        guard try await store.isOn(.processEvents) else { return .snoozed(until: context.now + BillingControl.pause) }
        do {
            let news = try await reader.read(job.subject, budget: .job)
            _ = try await store.withTransaction(.system) { try await applier.apply(news, event: nil, in: $0) }
            return .completed
        } catch let failure as ProviderFailure {
            return .retry(after: failure.retryAfter ?? .seconds(10))
        }
    }
}
