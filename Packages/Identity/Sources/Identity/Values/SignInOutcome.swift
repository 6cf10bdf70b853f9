/// What a complete sign-in came to.
public struct SignInOutcome: Sendable {
    /// Who signed in.
    public let user: User
    /// The session.
    public let session: Session
    /// The org that the session acts for.
    public let org: OrgScope?
    /// The token for the requests to come.
    public let token: AccessToken

    /// Makes an outcome.
    public init(user: User, session: Session, org: OrgScope?, token: AccessToken) {
        self.user = user
        self.session = session
        self.org = org
        self.token = token
    }
}
