public import Orgs

extension ProviderCommand {
    /// The page on which a customer adds a method (BIL-074).
    public struct MethodSetup: Codable, Hashable, Sendable {
        /// Whose it is.
        public let org: Org.ID
        /// The customer at the provider.
        public let customer: ProviderID
        /// Where the customer goes afterwards.
        public let returnURL: String
        /// Whether the new method becomes the default.
        public let makesDefault: Bool

        /// Describes a page.
        public init(org: Org.ID, customer: ProviderID, returnURL: String, makesDefault: Bool) {
            self.org = org
            self.customer = customer
            self.returnURL = returnURL
            self.makesDefault = makesDefault
        }
    }
}

/// An attempt to add a method, as the provider shows it (STR-099).
public struct ProviderSetup: Codable, Hashable, Sendable {
    /// Its id.
    public let id: ProviderID
    /// Whose method it is.
    public let customer: ProviderID?
    /// The method, once there is one.
    public let method: ProviderID?
    /// Whether the method can be charged from now on.
    public let isSucceeded: Bool
    /// Whether whoever added it wants it to be the default; the page was opened so.
    public let makesDefault: Bool

    /// Describes an attempt.
    public init(id: ProviderID, customer: ProviderID?, method: ProviderID?, isSucceeded: Bool, makesDefault: Bool) {
        self.id = id
        self.customer = customer
        self.method = method
        self.isSucceeded = isSucceeded
        self.makesDefault = makesDefault
    }
}
