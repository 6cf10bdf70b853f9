/// What Billing refuses, with the facts; how it is answered is for the edge to say.
public enum BillingError: Error, Hashable, Sendable {
    /// No plan has that name (BIL-003).
    case unknownPlan(String)
    /// The plan cannot be bought now (BIL-008).
    case planNotAvailable(PlanKey)
    /// Two different orgs were named.
    case orgConflict
    /// The caller is not in the org.
    case notOrgMember
    /// Only an owner may do it.
    case ownerRequired
    /// Only an owner or admin may do it.
    case adminRequired
    /// The wishes for the resource can never be met.
    case invalidConfiguration(pointer: String, reason: String)
    /// The org pays by invoice.
    case checkoutNotRequired
    /// There is a usable card: the resource is created directly.
    case paymentMethodOnFile
    /// A payment is disputed.
    case customerInDispute
    /// The org has as many graphs as it may have.
    case graphLimitReached(limit: Int)
    /// There is no room for the tier.
    case tierAtCapacity(PlanKey)
    /// A checkout of the same resource was paid a moment ago.
    case checkoutAlreadyPaid
    /// Nobody pays yet for what is asked.
    case paymentMethodRequired
    /// The card was declined; the text is the card network's own for the customer.
    case paymentDeclined(String)
    /// The customer has to authenticate the payment.
    case paymentActionRequired(url: String?)
    /// The provider's price is not ours: nothing is sold (BIL-006).
    case priceMismatch(PlanKey)
    /// A seat can be bought for members of the org only (BIL-031).
    case subscriberNotMember
    /// Seats are of repositories; what is named is a graph, which is bought and ended in other ways.
    case notARepository
    /// There is a live subscription for it.
    case alreadySubscribed
    /// Nothing visible has that id.
    case notFound
    /// It is ended through another path (BIL-046).
    case cancelAtCanonicalPath(ResourceType, ResourceID)
    /// The confirmation is not the id of the resource (BIL-049).
    case confirmMismatch
    /// It cannot end with its period in this status (BIL-050).
    case cancelRequiresImmediate(Subscription.Status)
    /// Something else is being done to it.
    case subscriptionBusy(Subscription.Status)
    /// The plan of a graph changes by a command of its own (BIL-062).
    case changeAtCanonicalPath(ResourceID)
    /// It is not in use, so that its plan cannot change (BIL-062).
    case subscriptionNotActive(Subscription.Status)
    /// It has this plan already (BIL-062).
    case samePlan(PlanKey)
    /// What a change would cost was said too long ago (BIL-063).
    case quoteExpired
    /// A change would cost something else than was said.
    case quoteChanged
    /// It has ended or is ending already.
    case alreadyCanceled
    /// It is not known when the period ends (BIL-051).
    case periodEndUnknown
    /// The end cannot be taken back any more (BIL-056).
    case cancellationFinal
    /// More would be given back than is left of the payment (BIL-096).
    case refundTooLarge(left: Int64)
    /// Something that goes on is charged, and no other method is left (BIL-074).
    case lastPaymentMethod
    /// The org has no customer at the provider.
    case noProviderCustomer
    /// Operators hold sales for now (BIL-131).
    case salesPaused
    /// The provider did not answer in time.
    case providerTimeout
    /// The provider cannot be reached or asks to wait.
    case providerUnavailable(retryAfter: Duration?)
    /// It is not known whether the provider did it.
    case providerUncertain
    /// The provider refused what should have been right.
    case providerRefused(code: String)
}
