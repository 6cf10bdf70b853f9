internal import Core

/// The figures of invitations (orgs.md, section 5); there are no other budgets of theirs.
public struct InvitationSettings: Sendable, Hashable {
    /// Whether new ones may be sent; earlier ones work without (ORG-053).
    public var isEnabled = true
    /// How long one is good for, from its newest mail.
    public var lifetime: Duration = .days(7)
    /// How far mails of one to the same address are apart.
    public var sendInterval: Duration = .seconds(60)
    /// How many mails one gets.
    public var sendsPerInvitation = 5
    /// How many mails one address gets in 24 hours, from all orgs together.
    public var mailsPerAddress = 5
    /// How many mails one org sends in 24 hours.
    public var mailsPerOrg = 100
    /// How many mails an org sends in 24 hours that is new and has not paid.
    public var mailsPerNewOrg = 20
    /// How long an org is new.
    public var newOrgAge: Duration = .days(7)
    /// How many may be pending in an org that has no limit of its own.
    public var maxPending = 100
    /// How long a closed one is kept.
    public var retention: Duration = .days(30)
    /// Whether the answer to whoever invites carries the link's secret: in the sandbox only (ORG-046).
    public var showsTokens = false

    /// The product's figures.
    public init() {}
}
