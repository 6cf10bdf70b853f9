internal import Audit
internal import Billing
internal import Core
internal import Identity
internal import Jobs
internal import Observability
internal import Orgs

extension CaseWriter {
    /// Accepts a reversal (S3): nothing that was not sent is sent; what was sent is followed by its opposite.
    func accept(
        _ request: ReversalRequest, through ends: IdleEnds<Transaction>, in transaction: Transaction
    ) async throws -> ReversalOutcome {
        guard let found = try await transaction.idleCase(request.idleCase),
            let row = try await ends.locked(found.subscription, in: transaction),
            let idleCase = try await transaction.lockedCase(found.id)
        else { return .absent }
        return try await accept(request, idleCase, row, through: ends, in: transaction).outcome
    }

    /// - Parameter row: locked before the case.
    /// - Returns: what became of it, and the row as it is then.
    func accept(
        _ request: ReversalRequest, _ found: IdleCase, _ row: Subscription, through ends: IdleEnds<Transaction>,
        in transaction: Transaction
    ) async throws -> (outcome: ReversalOutcome, row: Subscription) {
        var idleCase = found
        guard idleCase.state.isPending, row.status == .canceled, row.cancellation?.origin == .idle else {
            return (.notReversible(idleCase), row)
        }
        guard row.isEnding(at: now) else { return (.tooLate(idleCase), row) }
        if let hash = request.tokenHash {
            guard let use = try await transaction.useLink(hash, for: idleCase, at: now) else { return (.alreadyUsed(idleCase), row) }
            try await transaction.record(KeepLinkUsedEntry(idleCase: idleCase, use: use), by: .link(AuditReference(use)))
        }
        idleCase.via = request.via
        idleCase.acceptedBy = request.person
        idleCase.acceptedAt = now
        metrics.reversed(request.via)
        // A mail that has not left never leaves (IDL-030).
        if !idleCase.wasTold { try await notices.withdraw(idleCase, in: transaction) }
        if let intent = idleCase.endIntent, idleCase.state == .decided, try await transaction.supersedeUnsent(intent) {
            let row = try await supersede(idleCase, row: row, by: request.actor, through: ends, in: transaction)
            return (.superseded(row.idleCase), row.subscription)
        }
        try idleCase.move(to: .reversing, at: now)
        let (cleared, intent) = try await ends.clear(end(of: idleCase), of: row, in: transaction)
        idleCase.clearIntent = intent
        try await transaction.save(idleCase)
        try await transaction.record(IdleCaseReversingEntry(idleCase: idleCase), by: request.actor)
        note("reversal of an idle cancellation accepted", idleCase)
        return (.accepted(idleCase), cleared)
    }

    /// Nothing was sent: the subscription was live without an end all the time, and nobody is told (IDL-037).
    func supersede(
        _ found: IdleCase, row: Subscription, by actor: AuditActor, through ends: IdleEnds<Transaction>, in transaction: Transaction
    ) async throws -> (idleCase: IdleCase, subscription: Subscription) {
        var idleCase = found
        try idleCase.move(to: .superseded, at: now)
        try await transaction.save(idleCase)
        let active = try await ends.takeBack(row, isPastDue: false, in: transaction)
        try await transaction.record(IdleCaseSupersededEntry(idleCase: idleCase), by: actor)
        metrics.superseded()
        note("idle cancellation superseded", idleCase)
        if idleCase.via == .activity { try await checkSignal(in: transaction) }
        return (idleCase, active)
    }

    /// Opens the guard when decisions are taken back by use suspiciously often (IDL-065).
    private func checkSignal(in transaction: Transaction) async throws {
        var state = try await transaction.lockedGuard()
        guard !state.isOpen else { return }
        let counts = try await transaction.guardCounts(at: now)
        guard GuardPolicy(settings: settings).isSuspect(counts) else { return }
        try await open(&state, because: .earlyUndo, in: transaction)
    }

    /// Holds all further decisions.
    func open(_ state: inout GuardState, because reason: GuardReason, in transaction: Transaction) async throws {
        state = GuardState(isOpen: true, reason: reason.rawValue, openedAt: now)
        try await transaction.save(state)
        try await transaction.record(
            IdleGuardChangedEntry(action: .opened, reason: reason.rawValue, operatorName: nil, count: 0), by: Self.system)
        metrics.guardIsOpen(true)
        metrics.failed("guard_opened")
        log.error("idle cancellations are held", ["reason": .string(reason.rawValue)])
    }
}
