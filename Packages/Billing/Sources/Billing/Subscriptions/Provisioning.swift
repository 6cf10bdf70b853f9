public import Core

/// The right of one worker to provision what a subscription pays for; a later holder has a higher fence and voids this one.
public struct ProvisioningLease: Hashable, Codable, Sendable {
    /// Which subscription.
    public let subscription: Subscription.ID
    /// Grows with each holder; whoever shows an old one is refused (BIL-033).
    public let fence: Int64
    /// Who holds it.
    public let holder: String
    /// Until when it holds without a heartbeat.
    public let until: Instant

    /// Describes a lease.
    public init(subscription: Subscription.ID, fence: Int64, holder: String, until: Instant) {
        self.subscription = subscription
        self.fence = fence
        self.holder = holder
        self.until = until
    }
}

/// Why something paid for could not be delivered: the first error for everybody, what its undoing met beside it (BIL-039).
public struct ProvisioningFailure: Hashable, Codable, Sendable, Error {
    /// A short stable word such as `CAPACITY_EXHAUSTED`.
    public let code: String
    /// One sentence for the customer.
    public let message: String
    /// When it happened.
    public let at: Instant
    /// What went wrong while the payment was being undone.
    public var compensationErrors: [String]

    /// Describes a failure.
    public init(code: String, message: String, at: Instant, compensationErrors: [String] = []) {
        self.code = code
        self.message = message
        self.at = at
        self.compensationErrors = compensationErrors
    }
}
