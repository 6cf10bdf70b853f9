public import Billing

extension Graph {
    /// What Billing's access function looks at for this graph.
    public func accessFacts(subscription: Subscription?, isBillingEnabled: Bool) -> AccessFacts {
        AccessFacts(
            resource: ResourceState(rawValue: status.rawValue), subscription: subscription, billingEnabled: isBillingEnabled,
            isReadOnlyByDispute: false)
    }

    /// The mode the engine is to have: Billing's answer, which Graphs may lower and never raises (graphs.md, section 4).
    public func engineMode(for access: AccessDecision) -> EngineMode {
        switch access.level {
        case .none: .none
        case .read: .read
        // What holds too much can be made smaller, and nothing else (GRA-094).
        // What is written while it is copied would be lost.
        case .readWrite: isBeingMoved ? .read : isOverStorageCap ? .shrink : .full
        }
    }
}
