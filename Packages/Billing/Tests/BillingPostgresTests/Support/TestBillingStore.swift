import AuditPostgres
import Billing
import BillingPostgres
import Core
import Identity
import Jobs
import JobsPostgres
import Orgs
import Postgres

/// What no test of Billing asks of accounts and orgs.
struct NotPartOfTheTest: Error {}

/// A transaction of Billing, jobs and the log on the real database.
struct TestTransaction: PostgresBillingTransaction, PostgresJobTransaction, PostgresAuditTransaction {
    let postgres: PostgresTransaction
    let dateSource: any DateSource

    func user(_ id: User.ID) async throws -> User? { throw NotPartOfTheTest() }
    func lockedUser(_ id: User.ID) async throws -> User? { throw NotPartOfTheTest() }
    func user(with address: EmailAddress) async throws -> User? { throw NotPartOfTheTest() }
    func insert(_ user: User, password: StoredPassword?) async throws { throw NotPartOfTheTest() }
    func save(_ user: User) async throws { throw NotPartOfTheTest() }
    func replacePassword(of user: User.ID, from old: StoredPassword, to new: StoredPassword, at now: Instant) async throws -> Bool {
        throw NotPartOfTheTest()
    }
    func insert(_ session: Session) async throws { throw NotPartOfTheTest() }
    func lockedSession(_ id: Session.ID) async throws -> Session? { throw NotPartOfTheTest() }
    func advance(_ session: Session.ID, from generation: Int, tokenExpiresAt: Instant, at now: Instant) async throws -> Session? {
        throw NotPartOfTheTest()
    }
    func setActiveOrg(_ org: OrgReference?, of session: Session.ID) async throws { throw NotPartOfTheTest() }
    func end(_ session: Session.ID, because reason: Session.EndReason, at now: Instant, isUse: Bool) async throws -> Bool {
        throw NotPartOfTheTest()
    }
    func endSessions(of user: User.ID, except kept: Session.ID?, because reason: Session.EndReason, at now: Instant) async throws -> Int {
        throw NotPartOfTheTest()
    }
    func leaveOrg(_ org: OrgReference, user: User.ID, at now: Instant) async throws { throw NotPartOfTheTest() }
    func insert(_ key: APIKey, digest: SecretDigest) async throws { throw NotPartOfTheTest() }
    func lockedKey(_ id: APIKey.ID, of user: User.ID) async throws -> APIKey? { throw NotPartOfTheTest() }
    func setLabel(_ label: APIKeyLabel, of key: APIKey.ID, at now: Instant) async throws { throw NotPartOfTheTest() }
    func revoke(_ key: APIKey.ID, because reason: String, at now: Instant) async throws -> Bool { throw NotPartOfTheTest() }
    func revokeKeys(of user: User.ID, boundTo org: OrgReference, because reason: String, at now: Instant) async throws -> [APIKey.ID] {
        throw NotPartOfTheTest()
    }
    func insert(_ link: LinkToken, digest: SecretDigest, at now: Instant) async throws { throw NotPartOfTheTest() }
    func supersedeLinks(of user: User.ID, at now: Instant) async throws { throw NotPartOfTheTest() }
    func consume(_ kind: LinkToken.Kind, digest: SecretDigest, at now: Instant) async throws -> LinkConsumption { throw NotPartOfTheTest() }
    func scope(of user: User.ID, in org: OrgReference) async throws -> OrgScope? { throw NotPartOfTheTest() }
    func scopes(of user: User.ID, limit: Int) async throws -> [OrgScope] { throw NotPartOfTheTest() }
    func lockedOrg(_ id: Org.ID) async throws -> Org? { throw NotPartOfTheTest() }
    func org(_ id: Org.ID) async throws -> Org? { throw NotPartOfTheTest() }
    func insert(_ org: Org, maxGraphs: Limit) async throws { throw NotPartOfTheTest() }
    func save(_ org: Org) async throws { throw NotPartOfTheTest() }
    func lockedMembership(of user: User.ID, in org: Org.ID) async throws -> Membership? { throw NotPartOfTheTest() }
    func insert(_ membership: Membership) async throws { throw NotPartOfTheTest() }
    func setRole(_ role: OrgRole, of membership: Membership.ID, at now: Instant) async throws { throw NotPartOfTheTest() }
    func end(_ membership: Membership.ID, because reason: Membership.EndReason, at now: Instant) async throws { throw NotPartOfTheTest() }
    func countOwners(of org: Org.ID) async throws -> Int { throw NotPartOfTheTest() }
    func countOwnedOrgs(of user: User.ID) async throws -> Int { throw NotPartOfTheTest() }
    func reserveGraphSlot(for holder: GraphSlot.Holder, in org: Org.ID, until expiry: Instant?, at now: Instant) async throws -> GraphSlot {
        throw NotPartOfTheTest()
    }
    func graphSlot(of holder: GraphSlot.Holder) async throws -> GraphSlot? { throw NotPartOfTheTest() }
    func holdGraphSlot(_ slot: GraphSlot.ID, for graph: String) async throws { throw NotPartOfTheTest() }
    func releaseGraphSlot(_ slot: GraphSlot.ID) async throws { throw NotPartOfTheTest() }
    func releaseGraphSlot(ofGraph graph: String) async throws { throw NotPartOfTheTest() }
}

/// Billing's store on the real database.
struct TestBillingStore: PostgresBillingStoring {
    let client: PostgresClient
    let dateSource: any DateSource

    func withTransaction<Result: Sendable>(
        _ scope: AccessScope?, _ body: (TestTransaction) async throws -> Result
    ) async throws -> Result {
        let scope: TransactionScope =
            switch scope {
            case .system: .system
            case .org(let org): .org(org.uuid)
            case .user(let user): .user(user.uuid)
            case .none: .none
            }
        return try await client.withTransaction(scope: scope) { postgres in
            try await body(TestTransaction(postgres: postgres, dateSource: dateSource))
        }
    }

    func authenticate(_ lookup: CredentialLookup, actingFor org: OrgReference?, at now: Instant) async throws -> AuthenticationRow? {
        throw NotPartOfTheTest()
    }
    func signInRecord(for address: EmailAddress) async throws -> SignInRecord? { throw NotPartOfTheTest() }
    func signInRecord(of user: User.ID) async throws -> SignInRecord? { throw NotPartOfTheTest() }
    func profile(of user: User.ID) async throws -> User? { throw NotPartOfTheTest() }
    func keys(of user: User.ID, includingInactive: Bool, at now: Instant) async throws -> [APIKey] { throw NotPartOfTheTest() }
    func sessions(of user: User.ID, includingEnded: Bool, at now: Instant) async throws -> [Session] { throw NotPartOfTheTest() }
    func orgChoices(of user: User.ID) async throws -> [OrgChoice] { throw NotPartOfTheTest() }
    func link(_ kind: LinkToken.Kind, digest: SecretDigest, at now: Instant) async throws -> LinkToken? { throw NotPartOfTheTest() }
    func lastActivity(of user: User.ID) async throws -> Instant? { throw NotPartOfTheTest() }
    func overviews(of user: User.ID, includingDeleted: Bool) async throws -> [OrgOverview] { throw NotPartOfTheTest() }
    func org(_ id: Org.ID) async throws -> Org? { throw NotPartOfTheTest() }
    func members(of org: Org.ID) async throws -> [Member] { throw NotPartOfTheTest() }
    func graphs(of org: Org.ID, grantedTo user: User.ID?) async throws -> [OrgGraph] { throw NotPartOfTheTest() }
    func limits(of org: Org.ID) async throws -> OrgLimits? { throw NotPartOfTheTest() }
    func recipients(with role: OrgRole, of org: Org.ID) async throws -> [Member] { throw NotPartOfTheTest() }
    func scope(of user: User.ID, in org: Org.ID) async throws -> OrgScope? { throw NotPartOfTheTest() }
    func lastActivity(of org: Org.ID) async throws -> Instant? { throw NotPartOfTheTest() }
}
