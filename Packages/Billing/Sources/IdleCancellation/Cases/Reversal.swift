public import Audit
public import Core
public import Identity

/// The wish to take an idle cancellation back.
public struct ReversalRequest: Sendable, Hashable {
    /// Which case.
    public let idleCase: IdleCase.ID
    /// By which way.
    public let via: ReversalVia
    /// Who wants it.
    public let actor: AuditActor
    /// The person behind it, where there is one.
    public let person: User.ID?
    /// The SHA-256 of the link's token, which is used up with the reversal (IDL-050).
    public let tokenHash: [UInt8]?

    /// Describes the wish.
    public init(case idleCase: IdleCase.ID, via: ReversalVia, actor: AuditActor, person: User.ID? = nil, tokenHash: [UInt8]? = nil) {
        self.idleCase = idleCase
        self.via = via
        self.actor = actor
        self.person = person
        self.tokenHash = tokenHash
    }
}

/// What became of the wish at once (IDL-036).
public enum ReversalOutcome: Sendable, Hashable {
    /// Nothing had been sent: the subscription goes on and nobody is told.
    case superseded(IdleCase)
    /// It is stored and will be settled with the provider.
    case accepted(IdleCase)
    /// The link was used before.
    case alreadyUsed(IdleCase)
    /// The case is not one that can be taken back, or the subscription is ending for another reason.
    case notReversible(IdleCase)
    /// The end has come.
    case tooLate(IdleCase)
    /// There is no such case.
    case absent

    /// Whether the subscription goes on because of this very wish.
    public var isReversed: Bool {
        switch self {
        case .superseded, .accepted: true
        default: false
        }
    }
}

/// What settling a reversal came to (table S4).
public enum SettlementOutcome: Sendable, Hashable {
    /// The case has reached a final state.
    case settled(IdleCase)
    /// The provider gave no usable answer, or an earlier order comes first.
    case later(IdleCase)
    /// The case is not being taken back.
    case nothingToDo
}
