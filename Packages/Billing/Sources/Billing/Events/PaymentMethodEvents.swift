public import Core
public import Identity
public import Jobs
public import Orgs

/// What an org is charged by changed: somebody who did not expect it has to know (BIL-075).
public struct PaymentMethodChanged: DomainEvent {
    /// `billing.payment_method_changed`
    public static let topic = "billing.payment_method_changed"

    /// What happened to a method.
    public enum Change: String, Codable, Sendable, CaseIterable {
        /// It can be charged from now on.
        case added
        /// It cannot be charged any more.
        case removed
        /// It is charged from now on in place of another one.
        case madeDefault = "made_default"
    }

    /// Whose it is.
    public let org: Org.ID
    /// Which one.
    public let method: ProviderID
    /// What happened to it.
    public let change: Change
    /// The brand of a card.
    public let brand: String?
    /// The last four digits.
    public let last4: String?
    /// The person who did it here; `nil` for what was done in the provider's pages.
    public let by: User.ID?

    /// Tells of it.
    public init(_ method: PaymentMethod, _ change: Change, by person: User.ID?) {
        org = method.org
        self.method = method.id
        self.change = change
        brand = method.brand
        last4 = method.last4
        by = person
    }

    /// Events about one org's money are handled in order.
    public var eventKey: String { org.description }
}
