public import Audit
public import Billing
public import Core
public import Identity
public import Orgs

/// Something that one person is told in the product until they have seen it or it is old (NOT-172).
public struct Notice: Sendable, Hashable, Identifiable, IdentifiedEntity, AuditReferable {
    /// The id of a notice.
    public typealias ID = Identifier<Notice>
    /// `ntc_…`
    public static let idPrefix = "ntc"
    /// How the audit log calls it.
    public static let auditKind = AuditReferenceKind.notice

    /// What notices tell.
    public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        /// A subscription that was to end for want of use goes on (NOT-175).
        case subscriptionKept = "subscription_kept"
        /// Mail that somebody in the org must read comes back (NOT-056).
        case addressUndeliverable = "address_undeliverable"
        /// Nothing has got through to one of the org's own systems for a day (NOT-185).
        case endpointFailing = "endpoint_failing"
        /// Messages to one of the org's own systems are not sent any more (NOT-185).
        case endpointDisabled = "endpoint_disabled"
        /// Two recovery codes or fewer are left (ID-131).
        case recoveryCodesLow = "recovery_codes_low"
        /// A subscription will end for want of use (NOT-177).
        case idleCancelPending = "idle_cancel_pending"
        /// A renewal could not be charged (NOT-177).
        case paymentFailed = "payment_failed"
        /// The bank wants a payment confirmed (NOT-177).
        case paymentActionRequired = "payment_action_required"
        /// What is not paid for is limited and ends at a deadline (NOT-177).
        case pastDueDeadline = "past_due_deadline"
        /// A graph is closed and kept for a while (NOT-177).
        case graphSuspended = "graph_suspended"
        /// The deletion of a graph was asked for and can be taken back (NOT-177).
        case deletionPending = "deletion_pending"
        /// An org is switched off and will be erased (NOT-177).
        case orgDeletionPending = "org_deletion_pending"
        /// A person is asked to own an org (NOT-177).
        case ownershipTransferPending = "ownership_transfer_pending"
        /// A graph fills its storage (NOT-177).
        case capacity
        /// Credits run low or are used up (NOT-177).
        case creditsLow = "credits_low"
        /// A limit of an org is nearly used up (NOT-177).
        case limitWarning = "limit_warning"
        /// A person does not want to join (NOT-177).
        case invitationDeclined = "invitation_declined"
        /// Support may make changes in an org (NOT-177).
        case supportSession = "support_session"
    }

    /// How much it matters.
    public enum Severity: String, Sendable, Hashable, Codable, CaseIterable {
        /// Good to know.
        case info
        /// Something will happen unless somebody acts.
        case warning
        /// Something is limited or closed already, or is lost at a set time.
        case critical
    }

    /// How long one is shown that nobody dismisses (NOT-176).
    public static let lifetime: Duration = .days(14)

    /// Its own id.
    public let id: ID
    /// Who is told.
    public let user: User.ID
    /// What it tells.
    public let kind: Kind
    /// How much it matters.
    public let severity: Severity
    /// What caused it: with kind and person it is unique, so one decision is told once (NOT-174).
    public let decision: String
    /// The org; `nil` for what is about the person alone.
    public let org: Org.ID?
    /// The subscription, when it is about one.
    public let subscription: Subscription.ID?
    /// What it is for, by name.
    public let resource: String
    /// What kept it, in a word.
    public let via: String
    /// When the subscription renews, when it is about one.
    public let renewsAt: Instant?
    /// When what it announces happens, or until when something can be done about it.
    public let until: Instant?
    /// The id of what its page shows: a graph, or a transfer.
    public let subject: String?
    /// When the decision was made.
    public let createdAt: Instant

    /// Makes a notice.
    public init(
        id: ID, user: User.ID, kind: Kind, severity: Severity, decision: String, org: Org.ID?, subscription: Subscription.ID?,
        resource: String, via: String, renewsAt: Instant?, until: Instant? = nil, subject: String? = nil, createdAt: Instant
    ) {
        self.id = id
        self.user = user
        self.kind = kind
        self.severity = severity
        self.decision = decision
        self.org = org
        self.subscription = subscription
        self.resource = resource
        self.via = via
        self.renewsAt = renewsAt
        self.until = until
        self.subject = subject
        self.createdAt = createdAt
    }

    /// The last instant at which it is shown.
    public var expiresAt: Instant { createdAt + Self.lifetime }

    /// Where something can be done about it.
    public var page: MailPage {
        guard let org = org?.description else { return .accountSecurity }
        switch kind {
        case .recoveryCodesLow: return .accountSecurity
        case .subscriptionKept, .idleCancelPending, .paymentFailed, .paymentActionRequired, .pastDueDeadline: return .billing(org: org)
        case .graphSuspended, .deletionPending, .capacity, .creditsLow:
            return subject.map { .graph(org: org, graph: $0) } ?? .billing(org: org)
        case .ownershipTransferPending: return subject.map { .ownershipTransfer(org: org, transfer: $0) } ?? .org(org)
        case .addressUndeliverable, .endpointFailing, .endpointDisabled, .orgDeletionPending, .limitWarning, .invitationDeclined,
            .supportSession:
            return .org(org)
        }
    }
}
