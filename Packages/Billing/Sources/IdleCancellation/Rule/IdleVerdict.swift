/// What the rule says about one subscription in one period.
public enum IdleVerdict: Hashable, Sendable {
    /// Nobody used it for the whole previous period, nor since.
    case cancel
    /// It goes on, for this reason.
    case skip(IdleSkipReason)
}

/// Why a subscription was not cancelled, in the order in which the reasons are looked at (IDL-015).
public enum IdleSkipReason: String, Codable, Sendable, CaseIterable {
    case notProviderBilled = "not_provider_billed"
    case netTerms = "net_terms"
    case planExempt = "plan_exempt"
    case alreadyCancelled = "already_cancelled"
    case alreadyKept = "already_kept"
    case alreadySuperseded = "already_superseded"
    case alreadyOverridden = "already_overridden"
    case alreadyHeld = "already_held"
    case alreadyEnding = "already_ending"
    case status
    case paused
    case scheduled
    case ambiguousPeriod = "ambiguous_period"
    case unknownInterval = "unknown_interval"
    case nothingToCharge = "nothing_to_charge"
    case firstPeriod = "first_period"
    case grandfathered
    case noActivityHistory = "no_activity_history"
    case stillActive = "still_active"
    case outsideRollout = "outside_rollout"
    case probe
    case `guard`

    /// Whether the facts of the period were weighed, so that nothing new is to be expected within it (IDL-011).
    public var isVerdict: Bool { self != .status && self != .paused }

    /// Why a period that has a case already is not decided again (IDL-012).
    public init(existing state: IdleCaseState) {
        self =
            switch state {
            case .held, .lapsed: .alreadyHeld
            case .superseded: .alreadySuperseded
            case .kept, .reversing, .driftCorrected: .alreadyKept
            case .overridden: .alreadyOverridden
            case .decided, .confirmed, .completed, .missed, .keepFailed: .alreadyCancelled
            }
    }
}
