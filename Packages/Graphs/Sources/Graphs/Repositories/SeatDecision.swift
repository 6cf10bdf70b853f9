public import Billing
public import Core

/// What a seat's newest subscription means for its grant (GRA-089).
public enum SeatDecision: Sendable, Hashable {
    /// It opens the repository, until an end that is known or without one.
    case active(until: Instant?)
    /// It opens nothing until what is owed is paid.
    case suspended
    /// It is over.
    case revoked
    /// It stays as it is.
    case unchanged

    /// Decides; an equal instant counts as passed.
    public static func decide(_ subscription: Subscription, now: Instant) -> SeatDecision {
        guard subscription.startedAt != nil else { return .unchanged }
        let isPastGrace = subscription.graceDeadline.map { $0 <= now } == true
        switch subscription.status {
        // A sale that is under way, or came to nothing, says nothing about what was there before.
        case .pending, .pendingPayment, .provisioning, .failed: return .unchanged
        case .active, .upgrading: return .active(until: nil)
        case .pastDue: return isPastGrace ? .suspended : .unchanged
        case .unpaid: return .suspended
        case .paused: return .unchanged
        case .canceled:
            guard subscription.isEnding(at: now) else { return .revoked }
            return isPastGrace ? .suspended : .active(until: subscription.endsAt)
        }
    }
}
