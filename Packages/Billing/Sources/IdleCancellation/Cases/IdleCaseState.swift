/// How far a case has come (idle-cancel.md, section 4). Whatever is not listed there is refused, here and by a trigger of the database.
public enum IdleCaseState: String, Codable, Sendable, CaseIterable {
    /// Stopped by a guard; nothing is in effect.
    case held
    /// Committed; the provider has not confirmed yet.
    case decided
    /// The provider has confirmed.
    case confirmed
    /// A reversal was accepted and is not settled.
    case reversing
    /// Taken back before anything was sent.
    case superseded
    /// Taken back.
    case kept
    /// The provider never had the end, or not any more.
    case driftCorrected = "drift_corrected"
    /// A person or the provider ended the subscription by a decision of their own.
    case overridden
    /// Nobody took it back.
    case completed
    /// The renewal came before the provider's confirmation.
    case missed
    /// A held one that was never carried out.
    case lapsed
    /// The provider had ended it before the reversal was settled.
    case keepFailed = "keep_failed"

    /// The states that may follow.
    public var successors: Set<IdleCaseState> {
        switch self {
        case .held: [.decided, .lapsed]
        case .decided: [.confirmed, .superseded, .reversing, .overridden, .missed]
        case .confirmed: [.reversing, .overridden, .completed]
        case .reversing: [.kept, .driftCorrected, .overridden, .keepFailed]
        case .superseded, .kept, .driftCorrected, .overridden, .completed, .missed, .lapsed, .keepFailed: []
        }
    }

    /// The states in which a case is made; as kept when a manual cancellation was taken back in the provider's pages.
    public static let beginnings: Set<IdleCaseState> = [.held, .decided, .kept]

    /// Whether a state may follow directly.
    public func mayBecome(_ next: IdleCaseState) -> Bool { successors.contains(next) }

    /// Whether nothing follows.
    public var isFinal: Bool { successors.isEmpty }

    /// Whether a use or a link may take it back.
    public var isPending: Bool { self == .decided || self == .confirmed }
}

/// A case was to make a move that the table does not have.
public struct IdleTransitionRefused: Error, Hashable, Sendable {
    /// Where it is.
    public let from: IdleCaseState
    /// Where it was to go.
    public let to: IdleCaseState
}
