internal import Core
public import Jobs

/// The figures of Orgs (orgs.md, section 5), and what this deployment offers.
public struct OrgsSettings: Sendable, Hashable {
    /// The name of the org that is made at registration.
    public var personalOrgName: String
    /// How many graphs a new org may have.
    public var maxGraphs: Limit = .limited(100)
    /// How many orgs one person may own.
    public var maxOwnedOrgs = 10
    /// How long a transfer of ownership can be accepted.
    public var transferLifetime: Duration = .days(7)
    /// The figures of invitations.
    public var invitations = InvitationSettings()
    /// How long a deleted org can be restored.
    public var deletionGrace: Duration = .days(30)
    /// How the package's own jobs are tried again (ORG-116).
    public var retries = RetryPolicy.untilDone
    /// How many exports an org may make in 24 hours.
    public var exportsPerDay = 5
    /// How long the file of an export can be downloaded.
    public var exportLifetime: Duration = .days(7)
    /// How long there is one warning only about one limit of an org (ORG-075).
    public var limitWarningInterval: Duration = .days(30)

    /// Makes settings with the product's figures.
    public init(personalOrgName: String = "Personal Workspace") {
        self.personalOrgName = personalOrgName
    }
}
