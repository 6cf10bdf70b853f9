public import Core
public import Identity
internal import Jobs
internal import Orgs

extension SubscriptionService {
    /// Takes the end of a subscription back, provider first (T22, BIL-056).
    ///
    /// The row goes on only when the provider was seen as going on, or when the order to end was still queued and is given up in the same
    /// transaction. What nobody bills outside goes on at once.
    /// - Throws: ``BillingError/cancellationFinal`` when the end has come, ``BillingError/ownerRequired`` when whoever asks may not.
    @discardableResult
    public func uncancel(_ command: UncancelSubscription) async throws -> Subscription {
        let latest = try await latestIntent(of: command.subscription)
        let step = try await store.withTransaction(.system) { try await self.beginUncancel(command, latest: latest, in: $0) }
        switch step {
        case .done(let row): return row
        case .ask(let intent):
            switch try await runner.settle(intent) {
            case .settled(_, .none): break
            case .settled(_, .some): throw BillingError.cancellationFinal
            case .later(_, let failure): throw failure.error
            case .busy, .absent: throw BillingError.providerTimeout
            }
            guard let row = try await store.withTransaction(.system, { try await $0.subscription(command.subscription) }) else {
                throw BillingError.notFound
            }
            guard !row.isTerminal else { throw BillingError.cancellationFinal }
            return row
        }
    }

    private enum UncancelStep: Sendable {
        case done(Subscription)
        case ask(ProviderIntent.ID)
    }

    private func latestIntent(of id: Subscription.ID) async throws -> ProviderIntent? {
        guard let row = try await store.withTransaction(.system, { try await $0.subscription(id) }) else { return nil }
        return try await store.intent(about: "subscription:\(id)", operationSequence: row.operationSequence)
    }

    /// - Parameter latest: the newest decision about the provider's side, as it was before the row was locked.
    private func beginUncancel(
        _ command: UncancelSubscription, latest: ProviderIntent?, in transaction: Transaction
    ) async throws -> UncancelStep {
        guard var row = try await locked(command.subscription, in: transaction) else { throw BillingError.notFound }
        guard row.status == .canceled else { return try Self.unchanged(row) }
        guard row.isEnding(at: dateSource.now), let origin = row.cancellation?.origin else { throw BillingError.cancellationFinal }
        guard command.by.mayTakeBack(origin) else { throw BillingError.ownerRequired }
        if origin == .idle, let idle = writer.idle {
            return .done(try await idle.takenBack(row, by: command.by, through: IdleEnds(writer: writer), in: transaction))
        }
        let isPastDue = row.graceDeadline != nil
        guard case .providerSubscription(let provider) = row.backing else {
            return .done(try await writer.apply(.endTakenBack(pastDue: isPastDue), to: row, because: command.cause, in: transaction))
        }
        let object = "subscription:\(row.id)"
        // The same wish again, after an answer that did not come, goes on with the same order and key.
        if let latest, case .takeBackEnd = latest.command, !latest.isSettled, latest.operationSequence == row.operationSequence {
            return .ask(latest.id)
        }
        if try await transaction.supersedeQueuedIntents(of: object, before: row.operationSequence + 1) > 0 {
            // The provider never heard of the end: nothing has to be asked of it.
            row.providerSync = .confirmed
            var cause = command.cause
            cause.isProviderNews = true
            return .done(try await writer.apply(.endTakenBack(pastDue: isPastDue), to: row, because: cause, in: transaction))
        }
        let intent = try await writer.ask(.takeBackEnd(subscription: provider), of: &row, in: transaction)
        try await transaction.save(row)
        return .ask(intent.id)
    }

    private static func unchanged(_ row: Subscription) throws(BillingError) -> UncancelStep {
        guard !row.isTerminal, row.startedAt != nil else { throw .cancellationFinal }
        return .done(row)
    }
}

/// The order to take the end of a subscription back.
public struct UncancelSubscription: Sendable, Hashable {
    /// Who wants it.
    public enum Asker: Sendable, Hashable {
        /// An owner of the org, or the person whose seat it is.
        case person(User.ID)
        /// An operator.
        case operations
        /// Whoever followed the link of the mail that told of an idle end.
        case keepLink
        /// Somebody used what was thought idle.
        case activity

        /// An automatic reason takes back only what was decided automatically (BIL-057), and a person not what an operator decided.
        func mayTakeBack(_ origin: Subscription.Cancellation.Origin) -> Bool {
            switch (self, origin) {
            case (.operations, .user), (.operations, .portal), (.operations, .idle), (.operations, .admin): true
            case (.person, .user), (.person, .portal), (.person, .idle): true
            case (.keepLink, .idle), (.activity, .idle): true
            default: false
            }
        }
    }

    /// Which one.
    public let subscription: Subscription.ID
    /// Who wants it.
    public let by: Asker

    /// Describes the order.
    public init(subscription: Subscription.ID, by asker: Asker) {
        self.subscription = subscription
        by = asker
    }

    var cause: SubscriptionCause {
        switch by {
        case .person(let user): .user(user, via: "uncancel")
        case .operations: .system("operator")
        case .keepLink: .system("keep_link")
        case .activity: .system("activity")
        }
    }
}
