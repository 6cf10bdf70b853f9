public import Core

/// What keeps an account from ending.
public struct AccountDeletionBlocker: Sendable, Hashable {
    /// The kinds of things in the way (ID-143).
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// The person is the only owner of an org in which others are.
        case soleOwner = "sole_owner"
        /// An org of which the person is the only member is frozen, and must not vanish.
        case frozenOrg = "frozen_org"
        /// A graph that is not gone.
        case liveGraph = "live_graph"
        /// A subscription that goes on.
        case liveSubscription = "live_subscription"
        /// A subscription whose end is set and not reached.
        case endingSubscription = "ending_subscription"
        /// An invoice that is not paid.
        case openInvoice = "open_invoice"
        /// Money that is the org's.
        case accountCredit = "account_credit"
    }

    /// What is in the way.
    public let kind: Kind
    /// The org.
    public let org: OrgReference
    /// The thing's id.
    public let reference: String?
    /// The thing's name.
    public let label: String?

    /// Names what is in the way.
    public init(kind: Kind, org: OrgReference, reference: String?, label: String?) {
        self.kind = kind
        self.org = org
        self.reference = reference
        self.label = label
    }
}

/// What the end of an account would be (ID-143).
public struct AccountDeletionPlan: Sendable, Hashable {
    /// When it would be carried out, or is.
    public let purgeAt: Instant
    /// Whether it was asked for already.
    public let isScheduled: Bool
    /// The orgs that end with the account, because nobody else is in them.
    public let endingOrgs: [OrgChoice]
    /// What is in the way.
    public let blockers: [AccountDeletionBlocker]
    /// How many sessions and keys go.
    public let credentials: Int

    /// What goes, in fixed words.
    public static let removed = [
        "email", "name", "password", "sessions", "passkeys", "recovery_codes", "links", "preferences", "private_audit_parts",
    ]
    /// What stays, in fixed words.
    public static let kept = ["user_id", "times", "api_key_prefixes", "org_activity", "accounting"]

    /// Makes a plan.
    public init(purgeAt: Instant, isScheduled: Bool, endingOrgs: [OrgChoice], blockers: [AccountDeletionBlocker], credentials: Int) {
        self.purgeAt = purgeAt
        self.isScheduled = isScheduled
        self.endingOrgs = endingOrgs
        self.blockers = blockers
        self.credentials = credentials
    }
}

/// What was found about a person's orgs and what hangs on them.
public struct AccountDeletionFacts: Sendable, Hashable {
    /// When the account is to end; `nil` unless that was asked for.
    public let purgeAt: Instant?
    /// The orgs in which nobody else is.
    public let loneOrgs: [OrgChoice]
    /// What is in the way.
    public let blockers: [AccountDeletionBlocker]
    /// How many sessions and keys are live.
    public let credentials: Int

    /// Makes facts.
    public init(purgeAt: Instant?, loneOrgs: [OrgChoice], blockers: [AccountDeletionBlocker], credentials: Int) {
        self.purgeAt = purgeAt
        self.loneOrgs = loneOrgs
        self.blockers = blockers
        self.credentials = credentials
    }
}
