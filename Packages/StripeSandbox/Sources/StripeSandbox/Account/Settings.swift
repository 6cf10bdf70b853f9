internal import Core

/// What an account's owner may choose (spec 8.3); the defaults are Stripe's.
struct AccountSettings: Codable, Sendable, Hashable {
    /// What becomes of a final bill that only gives back.
    enum CreditOnCancel: String, Codable, Sendable {
        case balance, uncollectible
    }

    enum EndAction: String, Codable, Sendable {
        case cancel, unpaid
        case pastDue = "past_due"
    }

    /// Days before the end of a period at which `invoice.upcoming` comes; 0 for never.
    var upcomingDays: Int64 = 7
    /// Seconds between the acknowledgement of a draft and its being finalised.
    var draftDelay: Int64 = 3_600
    /// Seconds after which a draft is finalised although nobody acknowledged it.
    var draftPatience: Int64 = 72 * 3_600
    /// Days between the attempts to charge a renewal.
    var retryDays: [Int64] = [3, 5, 7]
    /// What becomes of a subscription whose last attempt failed.
    var endAction = EndAction.cancel
    /// Seconds after which a subscription that was never paid lapses.
    var incompleteLifetime: Int64 = 23 * 3_600
    /// Seconds until a refund that is not immediate is settled.
    var refundDelay: Int64 = 1_800
    /// Seconds between a charge and its dispute, for cards that have one.
    var disputeDelay: Int64 = 60
    /// Whether a subscription ends an hour after its payment was disputed.
    var disputeCancel = false
    /// Seconds that a test clock takes to come to where it was sent; 0 has it there for the next call (STR-168).
    var clockDelay: Int64 = 0
    /// Seconds until search finds what was made (STR-011).
    var searchDelay: Int64 = 0
    /// What becomes of a final bill that only gives back: it goes to the customer's balance, or stays behind as uncollectible (STR-155).
    var creditOnCancel = CreditOnCancel.balance
    /// How many calls an account may make in a second; 0 is no limit (STR-147).
    var rateLimit = 0
    /// Seconds between the attempts to deliver an event.
    var deliveryRetries: [Int64] = [60, 600, 3_600, 10_800, 28_800, 72_000, 144_000]
    /// Days before the due date of a sent invoice at which `invoice.will_be_due` comes; 0 for never.
    var willBeDueDays: Int64 = 3
    /// Days after the due date of a sent invoice at which `invoice.overdue` comes.
    var overdueDays: Int64 = 0
    /// Seconds for which an idempotency key is remembered.
    var idempotencyMemory: Int64 = 24 * 3_600

    enum CodingKeys: String, CodingKey {
        case upcomingDays = "upcoming_days"
        case draftDelay = "draft_delay"
        case draftPatience = "draft_patience"
        case retryDays = "retry_days"
        case endAction = "end_action"
        case incompleteLifetime = "incomplete_lifetime"
        case refundDelay = "refund_delay"
        case disputeDelay = "dispute_delay"
        case disputeCancel = "dispute_cancel"
        case clockDelay = "clock_delay"
        case searchDelay = "search_delay"
        case creditOnCancel = "credit_on_cancel"
        case rateLimit = "rate_limit"
        case deliveryRetries = "delivery_retries"
        case willBeDueDays = "will_be_due_days"
        case overdueDays = "overdue_days"
        case idempotencyMemory = "idempotency_memory"
    }
}
