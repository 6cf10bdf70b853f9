public import Billing
public import Core
internal import Identity
public import Orgs

/// Something about an idle end that does not fit together: rows, cases, orders and what the provider has (IDL-074).
public struct IdleDifference: Sendable, Hashable {
    /// What does not fit.
    public enum Kind: String, Sendable, CaseIterable {
        /// A row ends for want of use, and no open case says why.
        case rowWithoutCase = "row_without_case"
        /// A case is open, and its row does not end for want of use.
        case caseWithoutRow = "case_without_row"
        /// A case waits for an order that will never be sent any more.
        case orderLost = "order_lost"
        /// A case is confirmed, and the provider does not end the subscription.
        case notEndingThere = "not_ending_there"
        /// The provider ends it at another instant, or for somebody else.
        case endsOtherwise = "ends_otherwise"
        /// The provider has the mark of a case that is over, or of none.
        case markWithoutCase = "mark_without_case"

        /// What would put it right. Nothing is taken back at the provider where no open case is.
        public var repair: Repair {
            switch self {
            case .rowWithoutCase, .orderLost, .markWithoutCase: .decide
            case .caseWithoutRow: .closeCase
            case .notEndingThere, .endsOtherwise: .readAgain
            }
        }
    }

    /// What would put a difference right.
    public enum Repair: String, Sendable, CaseIterable {
        /// The provider is read again and its news applied, as any event does; the nightly look orders it by itself.
        case readAgain = "read_again"
        /// The case follows its row.
        case closeCase = "close_case"
        /// An operator looks at both sides and decides.
        case decide
    }

    /// What does not fit.
    public let kind: Kind
    /// Whose it is; `nil` for a mark that names nothing of ours.
    public let org: Org.ID?
    /// The row; `nil` for a mark that names nothing of ours.
    public let subscription: Subscription.ID?
    /// The case, where one is known.
    public let idleCase: IdleCase.ID?
    /// The subscription at the provider.
    public let object: ProviderID?
    /// What we have.
    public let ours: String
    /// What is on the other side.
    public let theirs: String

    /// Describes a difference.
    public init(
        kind: Kind, org: Org.ID?, subscription: Subscription.ID?, idleCase: IdleCase.ID?, object: ProviderID?, ours: String, theirs: String
    ) {
        self.kind = kind
        self.org = org
        self.subscription = subscription
        self.idleCase = idleCase
        self.object = object
        self.ours = ours
        self.theirs = theirs
    }
}

/// Compares both sides of all idle ends.
public protocol IdleReconciling: Sendable {
    /// Everything that does not fit at this moment; writes nothing and changes nothing at the provider.
    ///
    /// - Throws: ``ProviderFailure`` when the provider cannot be read.
    func differences() async throws -> [IdleDifference]
}
