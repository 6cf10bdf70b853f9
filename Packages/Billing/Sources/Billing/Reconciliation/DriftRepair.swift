/// What can be done about a difference by a command that exists already (BIL-124).
public enum DriftRepair: String, Codable, Sendable, CaseIterable {
    /// The object is read again and applied, as any event does.
    case readAgain = "read_again"
    /// The provider is asked to end what nobody is served for.
    case endThere = "end_there"
    /// The row ends whose counterpart is gone.
    case endHere = "end_here"
    /// The provider is asked to charge the price that was sold.
    case oldPrice = "old_price"
    /// The provider is told the contact once more.
    case sendContact = "send_contact"
    /// The provider is told the product's name once more.
    case sendName = "send_name"

    /// Whether it is done without a person: it brings in dates and what we mirror, and decides nothing.
    public var isSafe: Bool { self == .readAgain }
}

extension DriftItem.Category {
    /// What can be done about it; `nil` for what only a person can find out.
    public var repair: DriftRepair? {
        switch self {
        case .status, .endDate, .period, .serviceWithoutPayment, .method, .invoice, .refund, .dispute: .readAgain
        case .missingHere, .paidWithoutService: .endThere
        case .missingThere: .endHere
        case .price: .oldPrice
        case .contact: .sendContact
        case .product: .sendName
        case .amount, .finalization, .balance, .customerLink: nil
        }
    }
}

/// What a repair would do, or has ordered.
public struct DriftRepairPlan: Sendable, Hashable {
    /// The difference.
    public let item: DriftItem
    /// What is done about it.
    public let repair: DriftRepair
    /// What is ordered for it: the word of the order and the object.
    public let effects: [String]
    /// Whether it was ordered before, so that nothing more was done.
    public let isRepeated: Bool
}

/// A rule of Billing that a stored decision can be put to again.
enum DriftRule {
    /// What is looked at.
    struct Facts: Codable, Hashable, Sendable {
        let category: DriftItem.Category
        let object: String
        let ours: String
        let theirs: String

        init(_ item: DriftItem) {
            category = item.category
            object = item.object.rawValue
            ours = item.ours
            theirs = item.theirs
        }
    }

    /// What is to be done; the same facts always give the same answer.
    static func outcome(_ facts: Facts) -> DriftRepair? { facts.category.repair }
}
