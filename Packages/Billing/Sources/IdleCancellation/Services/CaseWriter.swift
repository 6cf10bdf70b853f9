internal import Audit
internal import Billing
internal import Core
internal import Identity
internal import Jobs
internal import Observability
internal import Orgs

/// Moves cases with everything that belongs to a move in one transaction: the row, the entry in the log, the mails, the counters.
struct CaseWriter<Transaction: IdleTransaction>: Sendable {
    let notices: any IdleNoticeSink<Transaction>
    let settings: IdleSettings
    let metrics: IdleMetrics
    let dateSource: any DateSource
    let log: Log

    var now: Instant { dateSource.now }
    static var system: AuditActor { .system(component: "billing") }

    func end(of idleCase: IdleCase) -> ProviderCommand.IdleEnd {
        ProviderCommand.IdleEnd(subscription: idleCase.providerSubscription, mark: idleCase.id.description)
    }

    func note(_ message: String, _ idleCase: IdleCase) {
        log.info(
            message,
            [
                "case": .string(idleCase.id.description), "subscription": .string(idleCase.subscription.description),
                "state": .string(idleCase.state.rawValue),
            ])
    }

    /// For operators: something that a person has to look at.
    func alarm(_ message: String, _ idleCase: IdleCase, reason: String) {
        metrics.failed(reason)
        log.error(
            message, ["case": .string(idleCase.id.description), "subscription": .string(idleCase.subscription.description)])
    }

    // MARK: Confirmation

    /// The provider ends it because of us: the mails may leave (S2).
    func confirm(
        _ idleCase: IdleCase, _ subscription: ProviderSubscription, row: Subscription, through ends: IdleEnds<Transaction>,
        in transaction: Transaction
    ) async throws {
        var idleCase = idleCase
        idleCase.providerCanceledAt = subscription.terms?.canceledAt
        idleCase.providerEnd = subscription.endsAt
        if idleCase.state == .decided {
            try idleCase.move(to: .confirmed, at: now)
            idleCase.confirmedAt = now
            idleCase.note = nil
            if let endsAt = subscription.endsAt, endsAt != idleCase.endsAt, endsAt > now {
                idleCase.endsAt = endsAt
                _ = try await ends.move(row, to: endsAt, in: transaction)
            }
            try await transaction.save(idleCase)
            try await transaction.record(IdleCaseConfirmedEntry(idleCase: idleCase), by: Self.system)
            try await notices.release(idleCase, in: transaction)
            note("idle cancellation confirmed", idleCase)
        } else {
            try await transaction.save(idleCase)
        }
    }

    // MARK: Ends of a case

    /// The subscription goes on, and people are told if they had been told of the end (IDL-039).
    func keep(
        _ idleCase: IdleCase, row: Subscription, isPastDue: Bool, through ends: IdleEnds<Transaction>, in transaction: Transaction
    ) async throws {
        var idleCase = idleCase
        try idleCase.move(to: .kept, at: now)
        try await transaction.save(idleCase)
        try await ends.takeBack(row, isPastDue: isPastDue, in: transaction)
        let actor = idleCase.acceptedBy.map { AuditActor.user(AuditReference($0)) } ?? Self.system
        try await transaction.record(IdleKeptEntry(idleCase: idleCase), by: actor)
        if idleCase.wasTold { try await notices.kept(idleCase, in: transaction) }
        note("idle cancellation taken back", idleCase)
    }

    /// The provider never had the end: the row follows, and nobody hears of it.
    func correctDrift(
        _ idleCase: IdleCase, row: Subscription, isPastDue: Bool, through ends: IdleEnds<Transaction>, in transaction: Transaction
    ) async throws {
        var idleCase = idleCase
        try idleCase.move(to: .driftCorrected, at: now)
        try await transaction.save(idleCase)
        try await ends.takeBack(row, isPastDue: isPastDue, in: transaction)
        try await transaction.record(IdleDriftCorrectedEntry(idleCase: idleCase), by: Self.system)
        try await notices.withdraw(idleCase, in: transaction)
        metrics.driftCorrected()
        note("idle cancellation was unknown to the provider", idleCase)
    }

    /// The renewal came before the confirmation (IDL-029).
    func miss(
        _ idleCase: IdleCase, row: Subscription, isPastDue: Bool, through ends: IdleEnds<Transaction>, in transaction: Transaction
    ) async throws {
        var idleCase = idleCase
        try idleCase.move(to: .missed, at: now)
        try await transaction.save(idleCase)
        try await ends.takeBack(row, isPastDue: isPastDue, in: transaction)
        try await transaction.record(IdleRenewalMissedEntry(idleCase: idleCase), by: Self.system)
        try await notices.withdraw(idleCase, in: transaction)
        metrics.missed()
        alarm("a renewal came before the provider confirmed the idle cancellation", idleCase, reason: "missed_renewal")
    }

    /// Somebody's own decision counts (IDL-033).
    func override(_ idleCase: IdleCase, origin: String, in transaction: Transaction) async throws {
        var idleCase = idleCase
        if idleCase.state == .held { return try await lapse(idleCase, because: origin, by: Self.system, in: transaction) }
        try idleCase.move(to: .overridden, at: now)
        idleCase.note = origin
        try await transaction.save(idleCase)
        try await transaction.record(IdleCaseOverriddenEntry(idleCase: idleCase), by: Self.system)
        try await notices.withdraw(idleCase, in: transaction)
        metrics.overridden(origin)
        note("idle cancellation overridden", idleCase)
    }

    /// The provider had ended it already: the access goes on a while, so that the same resource can be subscribed again (table S4).
    func failToKeep(
        _ idleCase: IdleCase, row: Subscription, through ends: IdleEnds<Transaction>, in transaction: Transaction
    ) async throws {
        var idleCase = idleCase
        try idleCase.move(to: .keepFailed, at: now)
        let row = try await extend(&idleCase, row: row, through: ends, in: transaction)
        _ = row
        try await transaction.save(idleCase)
        try await transaction.record(IdleKeepFailedEntry(idleCase: idleCase), by: Self.system)
        try await notices.keepFailed(idleCase, in: transaction)
        metrics.keepFailed()
        alarm("a reversal came too late at the provider", idleCase, reason: "keep_failed")
    }

    /// Moves the end of access to the paid end and 72 hours, once (IDL-045).
    @discardableResult
    func extend(
        _ idleCase: inout IdleCase, row: Subscription, through ends: IdleEnds<Transaction>, in transaction: Transaction
    ) async throws -> Subscription {
        guard idleCase.extendedAt == nil else { return row }
        idleCase.extendedAt = now
        idleCase.endsAt = idleCase.extendedEnd
        try await transaction.save(idleCase)
        try await transaction.record(IdleEndExtendedEntry(idleCase: idleCase), by: Self.system)
        return try await ends.move(row, to: idleCase.extendedEnd, in: transaction)
    }

    /// Nobody took it back.
    func complete(_ idleCase: IdleCase, in transaction: Transaction) async throws {
        var idleCase = idleCase
        try idleCase.move(to: .completed, at: now)
        try await transaction.save(idleCase)
        try await transaction.record(IdleCaseCompletedEntry(idleCase: idleCase), by: Self.system)
        note("idle cancellation completed", idleCase)
    }

    /// A held one is given up.
    func lapse(_ held: IdleCase, because reason: String, by actor: AuditActor, in transaction: Transaction) async throws {
        var idleCase = held
        try idleCase.move(to: .lapsed, at: now)
        idleCase.note = String(reason.prefix(200))
        try await transaction.save(idleCase)
        try await transaction.record(IdleCaseLapsedEntry(idleCase: idleCase), by: actor)
        note("held idle cancellation lapsed", idleCase)
    }
}
