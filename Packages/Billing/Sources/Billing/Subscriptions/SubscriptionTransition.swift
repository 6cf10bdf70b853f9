public import Core

/// One allowed move of a subscription: a pure decision from what is and what happened to what is now (billing.md, section 4).
///
/// Whatever is not listed there is refused, here and by a trigger of the database.
public struct SubscriptionTransition: Sendable, Hashable {
    /// The row of the table of moves.
    public enum Rule: String, Sendable, CaseIterable {
        case t2 = "T2"
        case t3 = "T3"
        case t4 = "T4"
        case t5 = "T5"
        case t6 = "T6"
        case t7 = "T7"
        case t8 = "T8"
        case t9 = "T9"
        case t10 = "T10"
        case t11 = "T11"
        case t12 = "T12"
        case t13 = "T13"
        case t14 = "T14"
        case t15 = "T15"
        case t16 = "T16"
        case t17 = "T17"
        case t18 = "T18"
        case t19 = "T19"
        case t20 = "T20"
        case t21 = "T21"
        case t22 = "T22"
        case t24 = "T24"
    }

    /// Which row of the table allowed it.
    public let rule: Rule
    /// Where it came from.
    public let from: Subscription.Status
    /// Who had ended it before, when somebody had.
    public let origin: Subscription.Cancellation.Origin?
    /// The subscription afterwards.
    public let subscription: Subscription
}

/// What can happen to a subscription.
public enum SubscriptionChange: Sendable, Hashable {
    /// The hosted page is open, or the first charge waits for the customer (T2).
    case paymentRequested
    /// The payment, or what stands for it, is certain (T3).
    case backingConfirmed(Backing, link: Subscription.ProviderLink?, lease: ProvisioningLease)
    /// The worker that provisions was not heard of for too long (T4).
    case leaseLapsed(next: ProvisioningLease)
    /// What is paid for stands and is linked (T5).
    case activated(fence: Int64, period: Period?, trialEnd: Instant?)
    /// What is paid for cannot be delivered (T6).
    case provisioningFailed(fence: Int64, ProvisioningFailure)
    /// The first payment failed for good (T7).
    case firstPaymentFailed(ProvisioningFailure)
    /// Nobody pays for it any more, and nobody did (T8).
    case abandoned(Subscription.Cancellation.Origin, reason: String?)
    /// The direct sale was refused for good (T9).
    case refused(ProvisioningFailure)
    /// A renewal is owed (T10).
    case paymentOverdue(graceDeadline: Instant)
    /// Nothing is owed any more (T11, T13).
    case paymentRecovered
    /// The days of grace are over, or the provider gave up (T12).
    case graceEnded(finalDeadline: Instant)
    /// Nobody paid until the end (T14).
    case endedUnpaid
    /// A change of plan began (T15).
    case planChangeAccepted
    /// A change of plan is over (T16): with the new plan and its price at the provider, or with the old one.
    case planChangeEnded(PlanReference?, BillingInterval?, price: ProviderID?)
    /// Collection or service was paused (T17).
    case paused
    /// The pause is over; what it goes back to was read from the provider (T18).
    case unpaused(pastDue: Bool)
    /// It is to end with its period (T19).
    case endScheduled(at: Instant, Subscription.Cancellation.Origin, reason: String?)
    /// It ends now, or ended at the provider (T20, T21).
    case ended(at: Instant, Subscription.Cancellation.Origin, reason: String?)
    /// Its end was taken back (T22).
    case endTakenBack(pastDue: Bool)
    /// A person took over the end that idleness had decided (T24).
    case endAdopted(Subscription.Cancellation.Origin, endsAt: Instant?)
}

/// Why a move was refused.
public enum SubscriptionRefusal: Error, Hashable, Sendable {
    /// The table has no such move from this status.
    case notAllowed(Subscription.Status)
    /// Another worker took over.
    case staleFence
    /// It has no resource yet, or already has one.
    case resourceInTheWay
    /// Somebody else is provisioning it.
    case leased
    /// A future end is needed and not known (BIL-051).
    case periodEndUnknown
    /// The end has come.
    case tooLate
}

extension SubscriptionTransition {
    /// Decides one change.
    ///
    /// - Throws: ``SubscriptionRefusal`` when the table of moves has no row for it; nothing has changed then.
    public static func decide(
        _ change: SubscriptionChange, on subscription: Subscription, now: Instant
    ) throws(SubscriptionRefusal) -> SubscriptionTransition {
        var next = subscription
        let rule = try next.apply(change, now: now)
        next.updatedAt = now
        return SubscriptionTransition(rule: rule, from: subscription.status, origin: subscription.cancellation?.origin, subscription: next)
    }
}
