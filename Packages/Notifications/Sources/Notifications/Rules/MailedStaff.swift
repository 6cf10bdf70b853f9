public import Core
public import Identity

/// One of those who run the product, as a mail to them needs it.
public struct MailedOperator: Sendable, Hashable {
    /// Who.
    public let id: StaffMember.ID
    /// The person's name.
    public let name: String
    /// Where the person reads mail; `nil` where nobody has said.
    public let address: MailAddress?

    /// Describes one.
    public init(id: StaffMember.ID, name: String, address: MailAddress?) {
        self.id = id
        self.name = name
        self.address = address
    }
}

/// Knows those who run the product: they are no users, and are kept above this package (ADM-001).
public protocol MailedStaff: Sendable {
    /// One of them; `nil` for nobody, and for somebody who ended.
    func member(_ id: StaffMember.ID) async throws -> MailedOperator?
    /// Those who work and have a permission, by the word that the operators' side has for it.
    func members(allowed permission: String) async throws -> [MailedOperator]
    /// Whether a mailed link of an operator still opens the console.
    func isOpen(link id: String) async throws -> Bool
    /// Whether nobody has decided about an approval, and somebody still can.
    func isOpen(approval id: String) async throws -> Bool
}

/// Nobody is known.
public struct UnknownStaff: MailedStaff {
    /// Makes it.
    public init() {}

    /// Nobody.
    public func member(_ id: StaffMember.ID) async throws -> MailedOperator? { nil }
    /// Nobody.
    public func members(allowed permission: String) async throws -> [MailedOperator] { [] }
    /// No.
    public func isOpen(link id: String) async throws -> Bool { false }
    /// No.
    public func isOpen(approval id: String) async throws -> Bool { false }
}
