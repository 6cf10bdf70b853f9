/// The types of events that customers' systems can hear of (NOT-190): nouns and what happened to them.
public enum WebhookEventType: String, Sendable, Codable, Hashable, CaseIterable {
    case orgCreated = "org.created"
    case orgUpdated = "org.updated"
    case orgLimitsChanged = "org.limits_changed"
    case orgDeletionScheduled = "org.deletion_scheduled"
    case orgDeletionCanceled = "org.deletion_canceled"
    case orgDeleted = "org.deleted"
    case memberAdded = "member.added"
    case memberRoleChanged = "member.role_changed"
    case memberRemoved = "member.removed"
    case ownershipTransferred = "ownership.transferred"
    case invitationCreated = "invitation.created"
    case invitationAccepted = "invitation.accepted"
    case invitationRevoked = "invitation.revoked"
    case invitationExpired = "invitation.expired"
    case checkoutCompleted = "checkout.completed"
    case checkoutExpired = "checkout.expired"
    case subscriptionCreated = "subscription.created"
    case subscriptionProvisioning = "subscription.provisioning"
    case subscriptionActivated = "subscription.activated"
    case subscriptionRenewed = "subscription.renewed"
    case subscriptionUpdated = "subscription.updated"
    case subscriptionPastDue = "subscription.past_due"
    case subscriptionUnpaid = "subscription.unpaid"
    case subscriptionRecovered = "subscription.recovered"
    case subscriptionCancelScheduled = "subscription.cancel_scheduled"
    case subscriptionIdleCancelScheduled = "subscription.idle_cancel_scheduled"
    case subscriptionKept = "subscription.kept"
    case subscriptionReactivated = "subscription.reactivated"
    case subscriptionCanceled = "subscription.canceled"
    case subscriptionFailed = "subscription.failed"
    case invoiceIssued = "invoice.issued"
    case invoicePaid = "invoice.paid"
    case invoiceOverdue = "invoice.overdue"
    case invoiceVoided = "invoice.voided"
    case paymentFailed = "payment.failed"
    case paymentActionRequired = "payment.action_required"
    case refundSettled = "refund.settled"
    case creditIssued = "credit.issued"
    case creditsLow = "credits.low"
    case creditsExhausted = "credits.exhausted"
    case graphCreated = "graph.created"
    case graphFailed = "graph.failed"
    case graphUpdated = "graph.updated"
    case graphSuspended = "graph.suspended"
    case graphResumed = "graph.resumed"
    case graphDeletionScheduled = "graph.deletion_scheduled"
    case graphDeleting = "graph.deleting"
    case graphDeleted = "graph.deleted"
    case graphTierChanged = "graph.tier_changed"
    case graphMemberChanged = "graph_member.changed"
    case repositoryAccessChanged = "repository_access.changed"
    case storageThreshold = "storage.threshold"
    case backupCompleted = "backup.completed"
    case backupFailed = "backup.failed"
    case backupRestored = "backup.restored"
    case apiKeyCreated = "api_key.created"
    case apiKeyRevoked = "api_key.revoked"
    case operationCompleted = "operation.completed"
    case operationFailed = "operation.failed"
    case noticeCreated = "notice.created"
    case endpointTest = "endpoint.test"

    /// What it happened to: the word before the dot.
    public var noun: Substring { rawValue.prefix { $0 != "." } }
}

/// Which types an endpoint hears: words of the list, or `noun.*` for all of a noun (NOT-191).
public struct WebhookFilter: Sendable, Hashable {
    /// As they were given.
    public let patterns: [String]

    /// Reads patterns; an empty list hears everything.
    ///
    /// - Returns: `nil` with the first pattern that names nothing in the list.
    public static func reading(_ patterns: [String]) -> Result<WebhookFilter, UnknownWebhookType> {
        for pattern in patterns where !WebhookEventType.allCases.contains(where: { Self.matches(pattern, $0) }) {
            return .failure(UnknownWebhookType(pattern: pattern))
        }
        return .success(WebhookFilter(patterns: patterns))
    }

    /// Takes patterns that were read before.
    public init(patterns: [String]) {
        self.patterns = patterns
    }

    /// Whether an endpoint hears of a type. A type that was added later is heard by those only who listed none or its noun.
    public func hears(_ type: WebhookEventType) -> Bool {
        patterns.isEmpty || type == .endpointTest || patterns.contains { Self.matches($0, type) }
    }

    private static func matches(_ pattern: String, _ type: WebhookEventType) -> Bool {
        pattern == type.rawValue || pattern == "\(type.noun).*"
    }
}

/// A pattern that names no type.
public struct UnknownWebhookType: Error, Hashable, Sendable {
    /// As it was given.
    public let pattern: String
}
