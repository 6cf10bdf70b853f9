public import Core

/// Puts stored decisions to their rules again: a rule is a pure function of what was stored, so that it gives the same answer (BIL-129).
public struct DecisionReplay: Sendable {
    /// The terms that a debt is judged by in place of those that were stored; `nil` for the stored ones.
    public var dunning: DunningTerms?

    /// Makes a replay by the stored terms, or by other ones.
    public init(dunning: DunningTerms? = nil) {
        self.dunning = dunning
    }

    /// What a rule answers now to what it looked at then.
    public func outcome(of decision: Decision) throws -> JSONValue {
        let inputs = try JSON.encode(decision.inputs)
        switch decision.rule {
        case .driftRepair:
            let facts = try JSON.decode(DriftRule.Facts.self, from: inputs)
            return .string(DriftRule.outcome(facts)?.rawValue ?? "by_hand")
        case .dunning:
            var facts = try JSON.decode(DunningRule.Facts.self, from: inputs)
            if let dunning { facts.terms = dunning }
            return try JSON.decode(JSONValue.self, from: JSON.encode(DunningRule.outcome(facts)))
        }
    }

    /// Which decisions would have been other ones.
    public func differences(in decisions: [Decision]) throws -> [DecisionDifference] {
        try decisions.compactMap { decision in
            let now = try outcome(of: decision)
            return now == decision.outcome ? nil : DecisionDifference(decision: decision, outcome: now)
        }
    }
}

/// A decision that would be another one.
public struct DecisionDifference: Sendable, Hashable {
    /// What was decided.
    public let decision: Decision
    /// What would be.
    public let outcome: JSONValue
}
