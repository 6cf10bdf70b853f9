public import Billing
public import Core
public import Identity
public import Orgs

/// Which orgs are asked for.
public struct OrgListQuery: Sendable, Hashable {
    /// Only those whose name has this in it, whatever its case.
    public var name: String?
    /// Only in this state.
    public var state: Org.State?
    /// Only of this type.
    public var type: String?
    /// Only with a live subscription of this plan.
    public var plan: String?
    /// Only those that this person owns.
    public var owner: User.ID?
    /// Only those made from this instant on.
    public var createdSince: Instant?
    /// Only with, or without, a subscription whose payment failed.
    public var isPastDue: Bool?
    /// Where the page begins.
    public var cursor: Cursor?
    /// The most of a page.
    public var limit = 50

    /// Asks for all.
    public init() {}
}

/// An org in a list.
public struct OrgSummary: Sendable, Hashable {
    /// The id.
    public let id: Org.ID
    /// The name; none once it is erased.
    public let name: String?
    /// Its type.
    public let type: String
    /// Its state.
    public let state: String
    /// When it was made.
    public let createdAt: Instant
    /// How many live members it has.
    public let members: Int
    /// How many graphs it has.
    public let graphs: Int
    /// Whether a payment failed.
    public let isPastDue: Bool

    /// Describes an org.
    public init(
        id: Org.ID, name: String?, type: String, state: String, createdAt: Instant, members: Int, graphs: Int, isPastDue: Bool
    ) {
        self.id = id
        self.name = name
        self.type = type
        self.state = state
        self.createdAt = createdAt
        self.members = members
        self.graphs = graphs
        self.isPastDue = isPastDue
    }
}

/// Everything about an org that fits one page.
public struct InspectedOrg: Sendable, Hashable {
    /// A member.
    public struct Member: Sendable, Hashable {
        /// The person.
        public let user: User.ID
        /// The role.
        public let role: String
        /// Since when.
        public let joinedAt: Instant

        /// Describes a member.
        public init(user: User.ID, role: String, joinedAt: Instant) {
            self.user = user
            self.role = role
            self.joinedAt = joinedAt
        }
    }

    /// A subscription.
    public struct Sale: Sendable, Hashable {
        /// The id.
        public let id: Subscription.ID
        /// The plan.
        public let plan: String
        /// The status.
        public let status: String
        /// When the paid period ends.
        public let periodEnd: Instant?
        /// When it ends.
        public let endsAt: Instant?

        /// Describes a subscription.
        public init(id: Subscription.ID, plan: String, status: String, periodEnd: Instant?, endsAt: Instant?) {
            self.id = id
            self.plan = plan
            self.status = status
            self.periodEnd = periodEnd
            self.endsAt = endsAt
        }
    }

    /// A graph.
    public struct Graph: Sendable, Hashable {
        /// The id.
        public let id: String
        /// The tier.
        public let tier: String
        /// The status.
        public let status: String

        /// Describes a graph.
        public init(id: String, tier: String, status: String) {
            self.id = id
            self.tier = tier
            self.status = status
        }
    }

    /// How it stands in the list.
    public let summary: OrgSummary
    /// The limits.
    public let limits: OrgLimits
    /// Who set them.
    public let limitSource: String
    /// Why it is frozen.
    public let frozenReason: String?
    /// When it is erased.
    public let purgeAt: Instant?
    /// The live members, the owners first; the first 200.
    public let members: [Member]
    /// The subscriptions, the newest first; the first 200.
    public let sales: [Sale]
    /// The graphs; the first 200.
    public let graphs: [Graph]
    /// Whether it pays by invoice, and on which terms; `nil` without a customer record.
    public let paymentTerms: (isByInvoice: Bool, terms: String)?
    /// What it has in account credit, in minor units by currency.
    public let credits: [String: Int64]
    /// How many differences to the provider are open.
    public let openDrift: Int

    /// Describes an org.
    public init(
        summary: OrgSummary, limits: OrgLimits, limitSource: String, frozenReason: String?, purgeAt: Instant?, members: [Member],
        sales: [Sale], graphs: [Graph], paymentTerms: (isByInvoice: Bool, terms: String)?, credits: [String: Int64], openDrift: Int
    ) {
        self.summary = summary
        self.limits = limits
        self.limitSource = limitSource
        self.frozenReason = frozenReason
        self.purgeAt = purgeAt
        self.members = members
        self.sales = sales
        self.graphs = graphs
        self.paymentTerms = paymentTerms
        self.credits = credits
        self.openDrift = openDrift
    }

    /// Whether two show the same org.
    public static func == (left: InspectedOrg, right: InspectedOrg) -> Bool { left.summary == right.summary }

    /// Mixes what it shows in the list.
    public func hash(into hasher: inout Hasher) { hasher.combine(summary) }
}

/// Reads all orgs, for operators.
public protocol OrgInspector: Sendable {
    /// A page of orgs, the newest first.
    ///
    /// - Throws: ``OrgCursorInvalid``.
    func orgs(_ query: OrgListQuery) async throws -> Page<OrgSummary>
    /// One org; `nil` when there is none.
    func org(_ id: Org.ID) async throws -> InspectedOrg?
}

/// A cursor that did not come from this list.
public struct OrgCursorInvalid: Error, Hashable, Sendable {
    /// Makes the error.
    public init() {}
}
