internal import Core

/// Which cancellation is possible for a subscription: a pure decision (BIL-050, BIL-051, GRA-042).
enum CancelPolicy {
    /// The move that an order leads to.
    ///
    /// - Throws: the refusal that names the status and the form that would work.
    static func change(for command: CancelSubscription, on row: Subscription, now: Instant) throws(BillingError) -> SubscriptionChange {
        switch row.status {
        case .provisioning: throw .subscriptionBusy(.provisioning)
        case .upgrading: throw .subscriptionBusy(.upgrading)
        case .failed: throw .alreadyCanceled
        case .canceled: return try changeOfEnd(for: command, on: row, now: now)
        case .pending, .pendingPayment:
            guard command.mode == .immediate else { throw .cancelRequiresImmediate(row.status) }
            return .abandoned(command.origin, reason: command.reason)
        case .unpaid where row.startedAt == nil:
            guard command.mode == .immediate else { throw .cancelRequiresImmediate(row.status) }
            return .abandoned(command.origin, reason: command.reason)
        case .pastDue, .unpaid, .paused:
            guard command.mode == .immediate else { throw .cancelRequiresImmediate(row.status) }
            return .ended(at: now, command.origin, reason: command.reason)
        case .active:
            guard command.mode == .periodEnd else { return .ended(at: now, command.origin, reason: command.reason) }
            guard let end = row.currentPeriod?.end, end > now else { throw .periodEndUnknown }
            return .endScheduled(at: end, command.origin, reason: command.reason)
        }
    }

    /// An end that idleness decided counts as none; any other may only be brought forward.
    private static func changeOfEnd(
        for command: CancelSubscription, on row: Subscription, now: Instant
    ) throws(BillingError) -> SubscriptionChange {
        guard row.isEnding(at: now) else { throw .alreadyCanceled }
        let isIdle = row.cancellation?.origin == .idle
        switch command.mode {
        case .immediate where isIdle || command.bringingForward: return .ended(at: now, command.origin, reason: command.reason)
        case .periodEnd where isIdle: return .endAdopted(command.origin, endsAt: nil)
        default: throw .alreadyCanceled
        }
    }
}
