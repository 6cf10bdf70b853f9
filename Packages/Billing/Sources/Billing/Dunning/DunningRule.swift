internal import Core

/// How long a debtor is served, counted in days from the first failed charge.
public struct DunningTerms: Codable, Hashable, Sendable {
    /// With everything.
    public let graceDays: Int
    /// At all.
    public let finalDays: Int

    /// Describes terms.
    public init(graceDays: Int, finalDays: Int) {
        self.graceDays = graceDays
        self.finalDays = finalDays
    }
}

/// What follows from a debt: a pure function of what is known of it, so that a stored decision can be put to it again (BIL-129).
enum DunningRule {
    /// What is looked at.
    struct Facts: Codable, Hashable, Sendable {
        let status: Subscription.Status
        /// When the first charge failed.
        let failedAt: Instant
        let now: Instant
        /// The deadlines as they were stored, which stand whatever the catalogue says later.
        let graceDeadline: Instant?
        let finalDeadline: Instant?
        /// The terms of the plan, for the deadline that is still to be set.
        let planTerms: DunningTerms
        /// Terms that are tried in place of what was stored.
        var terms: DunningTerms?
    }

    /// What is done.
    struct Outcome: Codable, Hashable, Sendable {
        enum Action: String, Codable, Sendable {
            /// Nothing yet.
            case wait
            /// Service becomes read only (T12).
            case readOnly = "read_only"
            /// Service ends (T14).
            case end
        }

        let action: Action
        /// When service is to end.
        var finalDeadline: Instant?
    }

    /// What the debt leads to at that instant; equality counts as passed.
    static func outcome(_ facts: Facts) -> Outcome {
        switch facts.status {
        case .pastDue:
            let terms = facts.terms ?? facts.planTerms
            let grace = facts.terms.map { facts.failedAt + .days($0.graceDays) } ?? facts.graceDeadline
            guard let grace, grace <= facts.now else { return Outcome(action: .wait) }
            return Outcome(action: .readOnly, finalDeadline: grace + .days(terms.finalDays - terms.graceDays))
        case .unpaid:
            let final = facts.terms.map { facts.failedAt + .days($0.finalDays) } ?? facts.finalDeadline
            guard let final, final <= facts.now else { return Outcome(action: .wait) }
            return Outcome(action: .end)
        default: return Outcome(action: .wait)
        }
    }
}

extension Decision {
    /// What follows from a debt by itself.
    init(
        _ outcome: DunningRule.Outcome, of facts: DunningRule.Facts, for row: Subscription, under catalogue: Catalogue, effects: [String]
    ) throws {
        self.init(
            id: .make(at: facts.now), org: row.org, subscription: row.id, rule: .dunning, version: Rule.dunning.version,
            catalogue: catalogue.version,
            inputs: try JSON.decode(JSONValue.self, from: JSON.encode(facts)),
            outcome: try JSON.decode(JSONValue.self, from: JSON.encode(outcome)), effects: effects, actor: "billing", at: facts.now)
    }
}
