internal import Audit
public import Billing
public import Core
internal import Identity
internal import Jobs
public import Observability
internal import Orgs

/// Takes part in Billing's transactions wherever an idle end is concerned.
public struct IdleObserver<Transaction: IdleTransaction>: IdleEndObserver {
    let writer: CaseWriter<Transaction>

    /// Makes an observer; it is given to `BillingServices` and to ``IdleCancellation``.
    public init(
        notices: any IdleNoticeSink<Transaction>, settings: IdleSettings, metrics: Metrics, dateSource: any DateSource, log: Log
    ) {
        writer = CaseWriter(
            notices: notices, settings: settings, metrics: IdleMetrics(metrics), dateSource: dateSource, log: log.labelled("idle"))
    }

    /// Asks for one evaluation per event (IDL-009).
    public func renewalAnnounced(
        of subscription: Subscription, by event: InboundEvent.ID?, in transaction: Transaction
    ) async throws {
        guard let event else { return }
        let trigger = IdleTrigger(subscription: subscription.id, source: .event, event: event)
        try await transaction.enqueue(EvaluateIdle(trigger: trigger), .evaluating(trigger, org: subscription.org))
    }

    /// Reads what was seen by table S4.
    public func saw(_ sight: IdleSight, through ends: IdleEnds<Transaction>, in transaction: Transaction) async throws {
        guard sight.row.cancellation?.origin == .idle, sight.row.status == .canceled,
            let idleCase = try await transaction.lockedOpenCase(of: sight.row.id)
        else { return }
        switch sight.intent?.command {
        case .setIdleEnd(let end):
            guard end.mark == idleCase.id.description else { return }
            try await sawEndSet(idleCase, sight, through: ends, in: transaction)
        case .clearIdleEnd(let end):
            guard end.mark == idleCase.id.description, idleCase.state == .reversing else { return }
            try await sawEndCleared(idleCase, sight, through: ends, in: transaction)
        case .none: try await sawNews(idleCase, sight, through: ends, in: transaction)
        default: break
        }
    }

    private func sawEndSet(
        _ idleCase: IdleCase, _ sight: IdleSight, through ends: IdleEnds<Transaction>, in transaction: Transaction
    ) async throws {
        let isPastDue = sight.subscription?.status == .pastDue
        switch (EndReading(sight.subscription, for: idleCase), idleCase.state) {
        case (.ours, _):
            guard let subscription = sight.subscription else { return }
            try await writer.confirm(idleCase, subscription, row: sight.row, through: ends, in: transaction)
        case (.foreign(let endsAt), _):
            try await writer.override(idleCase, origin: "portal", in: transaction)
            try await ends.adopt(sight.row, endsAt: endsAt, in: transaction)
        // What is being taken back is settled by the opposite order, which follows.
        case (_, .reversing): break
        case (.over, _):
            try await writer.override(idleCase, origin: "provider", in: transaction)
            try await ends.end(sight.row, at: min(sight.subscription?.endedAt ?? writer.now, writer.now), in: transaction)
        case (.renewed, _):
            try await writer.miss(idleCase, row: sight.row, isPastDue: isPastDue, through: ends, in: transaction)
        case (.running(isMarked: true), _):
            try await keepThroughPortal(idleCase, sight, isPastDue: isPastDue, through: ends, in: transaction)
        case (.running, _), (.unclear, _):
            writer.alarm("the provider's answer shows no end", idleCase, reason: "unclear")
        }
    }

    private func sawEndCleared(
        _ idleCase: IdleCase, _ sight: IdleSight, through ends: IdleEnds<Transaction>, in transaction: Transaction
    ) async throws {
        let isPastDue = sight.subscription?.status == .pastDue
        switch EndReading(sight.subscription, for: idleCase) {
        case .over: try await writer.failToKeep(idleCase, row: sight.row, through: ends, in: transaction)
        case .foreign(let endsAt):
            try await writer.override(idleCase, origin: "portal", in: transaction)
            try await ends.adopt(sight.row, endsAt: endsAt, in: transaction)
        case .running(isMarked: true), .renewed(isMarked: true):
            try await keepThroughPortal(idleCase, sight, isPastDue: isPastDue, through: ends, in: transaction)
        case .running, .renewed:
            if sight.wasSent {
                try await writer.keep(idleCase, row: sight.row, isPastDue: isPastDue, through: ends, in: transaction)
            } else {
                try await writer.correctDrift(idleCase, row: sight.row, isPastDue: isPastDue, through: ends, in: transaction)
            }
        case .ours, .unclear: writer.alarm("the provider's answer still shows our end", idleCase, reason: "unclear")
        }
    }

    /// Somebody renewed it in the provider's pages: the mark is all that is left of the end (IDL-035).
    private func keepThroughPortal(
        _ found: IdleCase, _ sight: IdleSight, isPastDue: Bool, through ends: IdleEnds<Transaction>, in transaction: Transaction
    ) async throws {
        var idleCase = found
        if idleCase.state != .reversing {
            idleCase.acceptedAt = writer.now
            try idleCase.move(to: .reversing, at: writer.now)
            writer.metrics.reversed(.portal)
        }
        idleCase.via = .portal
        idleCase.acceptedBy = nil
        try await transaction.save(idleCase)
        try await transaction.record(IdleCaseReversingEntry(idleCase: idleCase), by: CaseWriter<Transaction>.system)
        try await writer.keep(idleCase, row: sight.row, isPastDue: isPastDue, through: ends, in: transaction)
        guard let row = try await ends.locked(sight.row.id, in: transaction) else { return }
        _ = try await ends.clearMark(writer.end(of: idleCase), of: row, in: transaction)
    }

    private func sawNews(
        _ idleCase: IdleCase, _ sight: IdleSight, through ends: IdleEnds<Transaction>, in transaction: Transaction
    ) async throws {
        // Until our own decision is confirmed, its order reads the provider itself (STR-124).
        guard idleCase.state == .confirmed, sight.row.providerSync == .confirmed else { return }
        let isPastDue = sight.subscription?.status == .pastDue
        switch EndReading(sight.subscription, for: idleCase) {
        case .running(isMarked: true), .renewed(isMarked: true):
            try await keepThroughPortal(idleCase, sight, isPastDue: isPastDue, through: ends, in: transaction)
        case .running, .renewed:
            var idleCase = idleCase
            try idleCase.move(to: .reversing, at: writer.now)
            idleCase.via = .portal
            try await transaction.save(idleCase)
            try await transaction.record(IdleCaseReversingEntry(idleCase: idleCase), by: CaseWriter<Transaction>.system)
            try await writer.correctDrift(idleCase, row: sight.row, isPastDue: isPastDue, through: ends, in: transaction)
        case .foreign(let endsAt):
            try await writer.override(idleCase, origin: "portal", in: transaction)
            try await ends.adopt(sight.row, endsAt: endsAt, in: transaction)
        case .over: try await sawEnd(idleCase, sight, through: ends, in: transaction)
        case .ours: try await follow(idleCase, sight, through: ends, in: transaction)
        case .unclear: writer.alarm("the provider's news cannot be understood", idleCase, reason: "unclear")
        }
    }

    /// Ended as planned the case is complete; ended earlier, the provider had reasons of its own.
    private func sawEnd(
        _ idleCase: IdleCase, _ sight: IdleSight, through ends: IdleEnds<Transaction>, in transaction: Transaction
    ) async throws {
        let end = min(sight.subscription?.endedAt ?? writer.now, writer.now)
        guard sight.row.closedAt == nil, end < idleCase.endsAt else { return try await writer.complete(idleCase, in: transaction) }
        try await writer.override(idleCase, origin: "provider", in: transaction)
        try await ends.end(sight.row, at: end, in: transaction)
    }

    /// An end that was moved at the provider is followed, and told anew (IDL-031).
    private func follow(
        _ found: IdleCase, _ sight: IdleSight, through ends: IdleEnds<Transaction>, in transaction: Transaction
    ) async throws {
        guard let endsAt = sight.subscription?.endsAt, endsAt != found.endsAt, endsAt > writer.now else { return }
        var idleCase = found
        idleCase.endsAt = endsAt
        idleCase.providerEnd = endsAt
        try await transaction.save(idleCase)
        _ = try await ends.move(sight.row, to: endsAt, in: transaction)
        try await transaction.enqueue(WatchIdleEnd(idleCase: idleCase.id), .watching(idleCase))
        try await writer.notices.periodMoved(idleCase, in: transaction)
    }

    /// Parks the case: an operator has to look (IDL-028).
    public func refused(_ intent: ProviderIntent, _ refusal: ProviderRefusal, in transaction: Transaction) async throws {
        guard let row = Subscription.ID(String(intent.object.dropFirst("subscription:".count))),
            var idleCase = try await transaction.lockedOpenCase(of: row)
        else { return }
        idleCase.note = "refused: \(refusal.code)"
        try await transaction.save(idleCase)
        writer.alarm("the provider refused an order about an idle end", idleCase, reason: "refused")
    }

    /// A person's own decision counts (IDL-034).
    public func overridden(_ subscription: Subscription, in transaction: Transaction) async throws {
        guard let idleCase = try await transaction.lockedOpenCase(of: subscription.id) else { return }
        try await writer.override(idleCase, origin: subscription.cancellation?.origin.rawValue ?? "user", in: transaction)
    }

    /// Attention starts the clock anew (IDL-018).
    public func attended(to subscription: Subscription.ID, in transaction: Transaction) async throws {
        try await transaction.setEligibleAfter(writer.now, of: subscription)
    }

    /// An owner, the person whose seat it is, or an operator takes it back in the product.
    public func takenBack(
        _ subscription: Subscription, by asker: UncancelSubscription.Asker, through ends: IdleEnds<Transaction>,
        in transaction: Transaction
    ) async throws -> Subscription {
        guard let idleCase = try await transaction.lockedOpenCase(of: subscription.id) else { return subscription }
        let request: ReversalRequest =
            switch asker {
            case .person(let user):
                ReversalRequest(case: idleCase.id, via: .owner, actor: .user(AuditReference(user)), person: user)
            case .operations: ReversalRequest(case: idleCase.id, via: .operator, actor: .system(component: "billing"))
            case .keepLink: ReversalRequest(case: idleCase.id, via: .link, actor: .system(component: "billing"))
            case .activity: ReversalRequest(case: idleCase.id, via: .activity, actor: .system(component: "billing"))
            }
        return try await writer.accept(request, idleCase, subscription, through: ends, in: transaction).row
    }

    /// The case is closed by the provider's news or, when that is lost, an hour later by a look (S6).
    public func accessEnded(of subscription: Subscription, in transaction: Transaction) async throws {
        guard let idleCase = try await transaction.lockedOpenCase(of: subscription.id) else { return }
        try await transaction.enqueue(CloseIdleCase(idleCase: idleCase.id), .closing(idleCase, at: writer.now + .hours(1)))
    }
}
