internal import Billing
internal import Core

/// What the provider's view of a subscription says about an idle end: a pure reading (table S4, IDL-032).
enum EndReading: Hashable, Sendable {
    /// It has ended, or is gone.
    case over
    /// It ends because of our order: our mark, our instant, by the flag.
    case ours
    /// It ends because of somebody else.
    case foreign(endsAt: Instant)
    /// It goes on in the period that was decided about.
    case running(isMarked: Bool)
    /// It goes on and a later period has begun.
    case renewed(isMarked: Bool)
    /// What is there cannot be understood.
    case unclear

    init(_ subscription: ProviderSubscription?, for idleCase: IdleCase) {
        guard let subscription else {
            self = .over
            return
        }
        guard let status = subscription.status, let terms = subscription.terms else {
            self = .unclear
            return
        }
        let isMarked = terms.idleMark == idleCase.id.description
        if status == .canceled || status == .incompleteExpired {
            self = .over
        } else if let endsAt = subscription.endsAt {
            let isOurInstant = idleCase.providerCanceledAt == nil || idleCase.providerCanceledAt == terms.canceledAt
            self = isMarked && terms.isFlagged && isOurInstant ? .ours : .foreign(endsAt: endsAt)
        } else {
            let isLater = subscription.period.map { $0.start > idleCase.period.start } ?? false
            self = isLater ? .renewed(isMarked: isMarked) : .running(isMarked: isMarked)
        }
    }
}
