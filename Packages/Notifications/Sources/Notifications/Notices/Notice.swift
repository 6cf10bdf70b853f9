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
    }

    /// How much it matters.
    public enum Severity: String, Sendable, Hashable, Codable, CaseIterable {
        /// Good to know.
        case info
        /// Something will happen unless somebody acts.
        case warning
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
    /// When the decision was made.
    public let createdAt: Instant

    /// Makes a notice.
    public init(
        id: ID, user: User.ID, kind: Kind, severity: Severity, decision: String, org: Org.ID?, subscription: Subscription.ID?,
        resource: String,
        via: String, renewsAt: Instant?, createdAt: Instant
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
        self.createdAt = createdAt
    }

    /// The last instant at which it is shown.
    public var expiresAt: Instant { createdAt + Self.lifetime }

    /// What it tells, as a person reads it.
    public var text: String {
        switch kind {
        case .subscriptionKept: keptText
        case .addressUndeliverable: "Mail to \(resource) comes back. Please look at the addresses of your people and of billing."
        case .endpointFailing: "Nothing has got through to \(resource) for a day; we go on trying."
        case .endpointDisabled: "Nothing is sent to \(resource) any more: \(via)."
        case .recoveryCodesLow: "Few of your recovery codes are left. Make ten new ones before you need them."
        }
    }

    private var keptText: String {
        let kept =
            switch via {
            case "activity": "it is used"
            case "portal": "it was renewed on the payment provider's pages"
            case "owner": "the end was taken back"
            case "operator": "calling it off was our mistake"
            default: "the link of our mail was used"
            }
        return "The subscription for \(resource) continues, because \(kept)."
    }
}
