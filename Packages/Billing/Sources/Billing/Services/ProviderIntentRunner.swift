internal import Audit
internal import Core
internal import Identity
internal import Observability
internal import Orgs

/// Sends intents and stores what came of them: claim, send, record; each step stands when the process dies after it.
struct ProviderIntentRunner<Store: BillingStore>: Sendable {
    let store: Store
    let provider: any PaymentProvider
    let outcomes: IntentOutcomes<Store.Transaction>
    let dateSource: any DateSource
    let log: Log

    /// How long one holder may be sending; longer than any call lasts.
    private static var lease: Duration { .seconds(100) }
    /// After this the provider may have forgotten a key, and only a read-back tells (STR-010).
    private static var memory: Duration { .hours(20) }

    /// How an attempt ended.
    enum Attempt: Sendable {
        case settled(ProviderIntent, ProviderRefusal?)
        case later(ProviderIntent, ProviderFailure)
        /// Somebody else is at it.
        case busy(ProviderIntent)
        case absent
    }

    /// Makes one attempt.
    func attempt(_ id: ProviderIntent.ID, budget: CallBudget) async throws -> Attempt {
        if let held = try await held(id) { return held }
        let claim = try await store.withTransaction(.system) { transaction in
            let claim = try await transaction.claimIntent(id, for: Self.lease, now: dateSource.now)
            guard case .claimed(var intent, let mayHaveBeenSent) = claim, intent.request == nil else { return claim }
            intent.request = try provider.request(for: intent)
            try await transaction.saveRequest(of: intent)
            return .claimed(intent, mayHaveBeenSent: mayHaveBeenSent)
        }
        switch claim {
        case .absent: return .absent
        case .settled(let intent): return .settled(intent, intent.refusal.map { ProviderRefusal(kind: .badRequest, code: $0) })
        case .busy(let intent): return .busy(intent)
        case .claimed(let intent, let mayHaveBeenSent):
            return try await send(intent, mayHaveBeenSent: mayHaveBeenSent, budget: budget)
        }
    }

    /// Makes one attempt that begins with a look: whether it is still wanted, and whether the provider needs to be asked at all.
    ///
    /// The request is made only after the look, so that an intent without one was certainly never sent.
    func attempt(
        _ id: ProviderIntent.ID, budget: CallBudget,
        admit: @Sendable (Store.Transaction, ProviderIntent) async throws -> Bool,
        look: @Sendable (ProviderIntent) async -> IdleLook
    ) async throws -> Attempt {
        if let held = try await held(id) { return held }
        let claim = try await store.withTransaction(.system) { transaction -> IntentClaim in
            // The customer and the subscription before the intent (BIL-134).
            guard let intent = try await transaction.intent(id) else { return .absent }
            guard try await admit(transaction, intent) else { return .absent }
            return try await transaction.claimIntent(id, for: Self.lease, now: dateSource.now)
        }
        switch claim {
        case .absent: return .absent
        case .settled(let intent): return .settled(intent, intent.refusal.map { ProviderRefusal(kind: .badRequest, code: $0) })
        case .busy(let intent): return .busy(intent)
        case .claimed(let intent, let mayHaveBeenSent):
            let wasSent = intent.request != nil
            let readNumber = try await store.nextReadNumber()
            switch await look(intent) {
            case .seen(let subscription):
                let result = subscription.map(ProviderResult.subscription) ?? .subscriptionGone
                return try await record(
                    try await requested(intent), .succeeded(result), readNumber: readNumber, wasSent: wasSent,
                    wasUnknown: mayHaveBeenSent && wasSent)
            case .failed(let failure):
                // Nothing left in this attempt; whether an earlier one took effect stays as unknown as it was.
                let outcome: ProviderOutcome = mayHaveBeenSent && wasSent ? .unknown(failure) : .retryLater(failure)
                return try await record(intent, outcome, readNumber: readNumber, wasUnknown: mayHaveBeenSent && wasSent)
            case .mustBeSent:
                return try await send(try await requested(intent), mayHaveBeenSent: mayHaveBeenSent && wasSent, budget: budget)
            }
        }
    }

    /// An intent that an operator holds stays as it is, whoever asks (BIL-131).
    private func held(_ id: ProviderIntent.ID) async throws -> Attempt? {
        let off = try await store.controlsOff()
        let (found, pause) = try await store.withTransaction(.system) { transaction in
            guard let intent = try await transaction.intent(id), !intent.isSettled else { return (ProviderIntent?.none, Duration?.none) }
            return (intent, try await invoicePause(of: intent, in: transaction))
        }
        guard let intent = found else { return nil }
        if let pause {
            return .later(intent, ProviderFailure(kind: .held, retryAfter: pause, detail: "too many bills of one subscription"))
        }
        var isHeld = off.contains(.providerWrites)
        if case .refund = intent.command, off.contains(.refunds) { isHeld = true }
        guard isHeld else { return nil }
        return .later(intent, ProviderFailure(kind: .held, retryAfter: BillingControl.pause, detail: "held by an operator"))
    }

    /// The provider makes at most eight bills of a subscription a minute and sixteen a day; one more waits for its turn (STR-018).
    private func invoicePause(of intent: ProviderIntent, in transaction: Store.Transaction) async throws -> Duration? {
        guard intent.command.makesInvoice, intent.firstSentAt == nil else { return nil }
        let now = dateSource.now
        for (window, most) in [(Duration.minutes(1), 8), (.hours(24), 16)] {
            let sent = try await transaction.billsAsked(of: intent.object, since: now - window)
            // The oldest of the last ones has to leave the window first.
            if sent.count >= most { return max(sent[sent.count - most] + window - now, .seconds(1)) }
        }
        return nil
    }

    private func requested(_ intent: ProviderIntent) async throws -> ProviderIntent {
        guard intent.request == nil else { return intent }
        var intent = intent
        intent.request = try provider.request(for: intent)
        let made = intent
        try await store.withTransaction(.system) { try await $0.saveRequest(of: made) }
        return made
    }

    /// Makes attempts while somebody waits, at most 15 s in all (BIL-021); a rehearsal ends here (BIL-127).
    func settle(_ id: ProviderIntent.ID) async throws -> Attempt {
        try CommandRehearsal.end(askingProvider: true)
        let deadline = ContinuousClock.now + .seconds(15)
        while true {
            let attempt = try await attempt(id, budget: .interactive)
            guard case .busy = attempt, ContinuousClock.now < deadline else { return attempt }
            try await Task.sleep(for: .milliseconds(40))
        }
    }

    private func send(_ intent: ProviderIntent, mayHaveBeenSent: Bool, budget: CallBudget) async throws -> Attempt {
        let readNumber = try await store.nextReadNumber()
        var intent = intent
        if mayHaveBeenSent, let first = intent.firstSentAt, dateSource.now - first > Self.memory {
            switch await readBack(intent, budget: budget) {
            case .success(.done(let result)):
                return try await record(intent, .succeeded(result), readNumber: readNumber, wasUnknown: true)
            case .success(.notDone):
                intent.generation += 1
                intent.firstSentAt = dateSource.now
                let renewed = intent
                try await store.withTransaction(.system) { try await $0.saveRequest(of: renewed) }
            case .success(.contradictory(let detail)):
                log.error("provider intent is contradictory", ["intent": .string(intent.id.description), "detail": .string(detail)])
                let failure = ProviderFailure(kind: .conflict, detail: detail)
                return try await record(intent, .unknown(failure), readNumber: readNumber, wasUnknown: true)
            case .failure(let failure):
                return try await record(intent, .unknown(failure), readNumber: readNumber, wasUnknown: true)
            }
        }
        guard let request = intent.request else { return .absent }
        let reply = await provider.exchange(request, for: intent, budget: budget)
        var outcome = reply.outcome
        // That this attempt did not arrive says nothing about an earlier one (STR-010).
        if mayHaveBeenSent, case .retryLater(let failure) = outcome { outcome = .unknown(failure) }
        return try await record(
            intent, outcome, exchanges: reply.exchanges, readNumber: readNumber, wasUnknown: mayHaveBeenSent)
    }

    private func readBack(_ intent: ProviderIntent, budget: CallBudget) async -> Result<ProviderReadBack, ProviderFailure> {
        do throws(ProviderFailure) { return .success(try await provider.readBack(intent, budget: budget)) } catch { return .failure(error) }
    }

    private func record(
        _ sent: ProviderIntent, _ outcome: ProviderOutcome, exchanges: [ProviderExchange] = [], readNumber: Int64, wasSent: Bool = true,
        wasUnknown: Bool
    ) async throws -> Attempt {
        // What came back is written down although the caller has gone meanwhile: the provider has acted.
        try await Task {
            try await store.withTransaction(.system) { transaction in
                let attempt = try await self.record(
                    sent, outcome, exchanges, readNumber: readNumber, wasSent: wasSent, in: transaction)
                try await self.tell(of: attempt, wasUnknown: wasUnknown, in: transaction)
                return attempt
            }
        }.value
    }

    /// That nobody knows whether the provider acted is told of once for each decision, and so is what it turned out to be (AUD-111). A process that
    /// died before it could write the first is made up for with the second.
    private func tell(of attempt: Attempt, wasUnknown: Bool, in transaction: Store.Transaction) async throws {
        let (intent, detail): (ProviderIntent, String?)
        switch attempt {
        case .later(let later, let failure) where later.state == .unknown: (intent, detail) = (later, failure.kind.rawValue)
        case .settled(let settled, let refusal) where wasUnknown: (intent, detail) = (settled, refusal?.code)
        default: return
        }
        guard let id = intent.subscriptionID, let row = try await transaction.subscription(id) else { return }
        let unknown = ProviderOutcomeUnknownEntry(intent: intent, subscription: row, detail: intent.isSettled ? nil : detail)
        try await transaction.record(unknown, by: .system(component: "billing"))
        guard intent.isSettled else { return }
        let resolved = ProviderOutcomeResolvedEntry(intent: intent, subscription: row, detail: detail)
        try await transaction.record(resolved, by: .system(component: "billing"))
    }

    private func record(
        _ sent: ProviderIntent, _ outcome: ProviderOutcome, _ exchanges: [ProviderExchange], readNumber: Int64, wasSent: Bool,
        in transaction: Store.Transaction
    ) async throws -> Attempt {
        // The customer before the intent, as everywhere: what follows from the outcome needs both (BIL-134).
        if let org = sent.org {
            _ = try await transaction.lockCustomer(of: org, currency: outcomes.writer.catalogue.currency, now: dateSource.now)
        }
        guard var intent = try await transaction.lockedIntent(sent.id) else { return .absent }
        // Another holder settled it after this one's claim had lapsed; its word counts.
        guard !intent.isSettled else { return .settled(intent, nil) }
        intent.note(exchanges)
        switch outcome {
        case .succeeded(let result):
            intent.state = .succeeded
            intent.result = result
            try await transaction.save(intent)
            try await outcomes.succeeded(intent, result, readNumber: readNumber, wasSent: wasSent, in: transaction)
            return .settled(intent, nil)
        case .refused(let refusal):
            intent.state = .refused
            intent.refusal = refusal.code
            try await transaction.save(intent)
            log.error(
                "provider refused",
                ["intent": .string(intent.id.description), "kind": .string(intent.command.kind), "code": .string(refusal.code)])
            try await outcomes.refused(intent, refusal, in: transaction)
            return .settled(intent, refusal)
        case .retryLater(let failure):
            intent.state = .queued
            try await transaction.save(intent)
            return .later(intent, failure)
        case .unknown(let failure):
            intent.state = .unknown
            try await transaction.save(intent)
            return .later(intent, failure)
        }
    }
}

extension ProviderFailure {
    /// What a person who waits is told.
    var error: BillingError {
        switch kind {
        case .timeout, .conflict: .providerTimeout
        case .unreachable, .busy, .unauthorized: .providerUnavailable(retryAfter: retryAfter)
        case .serverError, .unreadable: .providerUncertain
        case .refused: .providerRefused(code: detail)
        case .held: .providerUnavailable(retryAfter: retryAfter)
        }
    }
}
