/// The figures of Orgs (orgs.md, section 5), and what this deployment offers.
public struct OrgsSettings: Sendable, Hashable {
    /// The name of the org that is made at registration.
    public var personalOrgName: String
    /// How many graphs a new org may have.
    public var maxGraphs: Limit = .limited(100)
    /// How many orgs one person may own.
    public var maxOwnedOrgs = 10
    /// The figures of invitations.
    public var invitations = InvitationSettings()

    /// Makes settings with the product's figures.
    public init(personalOrgName: String = "Personal Workspace") {
        self.personalOrgName = personalOrgName
    }
}
