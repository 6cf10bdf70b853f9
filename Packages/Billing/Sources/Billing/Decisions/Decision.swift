public import Core
public import Orgs

/// Why something was done, by itself or on an operator's order: the rule, all that it looked at, and what came of it (BIL-129).
///
/// It is written once, in the transaction of what it decided, and never changed.
public struct Decision: Sendable, Hashable, IdentifiedEntity {
    /// The id of a decision.
    public typealias ID = Identifier<Decision>
    /// `bdec_…`
    public static let idPrefix = "bdec"

    /// By which rule.
    public enum Rule: String, Codable, Sendable, CaseIterable {
        /// What follows from a debt (T12, T14).
        case dunning
        /// What is done about a difference from the provider (BIL-124).
        case driftRepair = "drift_repair"

        /// Raised with every change of what the rule answers.
        public var version: Int { 1 }
    }

    /// Its own id.
    public let id: ID
    /// Whose affair it is, when that is known.
    public let org: Org.ID?
    /// About which subscription.
    public let subscription: Subscription.ID?
    /// By which rule.
    public let rule: Rule
    /// Which version of it.
    public let version: Int
    /// The version of the catalogue under which it was made (BIL-010); `nil` cites the one that is active.
    public let catalogue: String?
    /// All that the rule looked at.
    public let inputs: JSONValue
    /// What it answered.
    public let outcome: JSONValue
    /// What was done, in words that metrics and people share.
    public let effects: [String]
    /// Who decided.
    public let actor: String
    /// When.
    public let at: Instant

    /// Describes a decision.
    public init(
        id: ID, org: Org.ID?, subscription: Subscription.ID?, rule: Rule, version: Int, catalogue: String?, inputs: JSONValue,
        outcome: JSONValue,
        effects: [String], actor: String, at: Instant
    ) {
        self.id = id
        self.org = org
        self.subscription = subscription
        self.rule = rule
        self.version = version
        self.catalogue = catalogue
        self.inputs = inputs
        self.outcome = outcome
        self.effects = effects
        self.actor = actor
        self.at = at
    }
}

/// Keeps decisions within a unit of work, and reads them.
public protocol DecisionTransaction {
    /// Keeps a decision; it cites the catalogue under which it was made.
    func insert(_ decision: Decision) async throws

    /// The decisions by a rule since an instant, oldest first.
    func decisions(by rule: Decision.Rule, since instant: Instant, limit: Int) async throws -> [Decision]
}
