import Core
@_spi(Authentication) import Identity
import Testing

@Suite struct AuthenticationDecisionTests {
    static let now = Instant(secondsSinceEpoch: 1_800_000_000)
    static let user = User.ID.make(at: now)

    private func account(_ status: User.Status = .active, sessionEpoch: Int = 1, keyEpoch: Int = 1) throws -> User {
        User(
            id: Self.user, email: try #require(EmailAddress("ada@example.com")), name: try #require(PersonName("Ada")),
            emailVerifiedAt: nil,
            status: status, sessionEpoch: sessionEpoch, keyEpoch: keyEpoch, defaultOrg: nil, createdAt: Self.now, updatedAt: Self.now)
    }

    private func session(
        generation: Int = 3, rotated: Duration = .seconds(0), revoked: Bool = false, ends: Duration = .days(1),
        methods: [String] = ["pwd"]
    ) -> Session {
        Session(
            id: .make(at: Self.now), user: Self.user, epoch: 1, generation: generation, confirmedGeneration: generation,
            rotatedAt: Self.now - rotated, activeOrg: nil, methods: methods, authenticatedAt: Self.now, network: "127.0.0.1/32",
            clientFamily: "x", lastActiveAt: Self.now, tokenExpiresAt: Self.now, absoluteExpiresAt: Self.now + ends,
            revokedAt: revoked ? Self.now : nil, revokeReason: revoked ? .logout : nil)
    }

    private func decide(_ user: User, _ session: Session?, generation: Int = 3, org: OrgReference? = nil, scope: OrgScope? = nil) throws
        -> Principal
    {
        let lookup = CredentialLookup.session(session?.id ?? .make(at: Self.now), generation: generation)
        return try AuthenticationDecision.principal(
            from: session.map { AuthenticationRow(user: user, session: $0, key: nil, orgScope: scope) }, for: lookup, actingFor: org,
            at: Self.now, overlap: .seconds(5))
    }

    @Test func `ID-057 a live session of the present generation authenticates`() throws {
        let session = session()
        let principal = try decide(account(), session)
        #expect(principal.userID == Self.user)
        #expect(principal.credential == .session(session.id, generation: 3))
    }

    @Test func `ID-058 dead sessions and accounts are refused, each by its name`() throws {
        let active = try account()
        #expect(throws: IdentityError.tokenInvalid) { try decide(active, nil) }
        #expect(throws: IdentityError.sessionRevoked) { try decide(active, session(revoked: true)) }
        #expect(throws: IdentityError.sessionExpired) { try decide(active, session(ends: .seconds(0))) }
        #expect(throws: IdentityError.sessionRevoked) { try decide(try account(sessionEpoch: 2), session()) }
        #expect(throws: IdentityError.accountDisabled) { try decide(try account(.deactivated), session()) }
        #expect(throws: IdentityError.sessionRevoked) { try decide(try account(.deleting), session()) }
    }

    @Test func `ID-060 the token before a refresh works for five seconds`() throws {
        let active = try account()
        _ = try decide(active, session(rotated: .milliseconds(4_999)), generation: 2)
        #expect(throws: IdentityError.tokenInvalid) { try decide(active, session(rotated: .seconds(5)), generation: 2) }
        #expect(throws: IdentityError.tokenInvalid) { try decide(active, session(), generation: 1) }
        #expect(throws: IdentityError.tokenInvalid) { try decide(active, session(), generation: 4) }
    }

    @Test func `ID-073 an org that the caller names and is not in is refused`() throws {
        #expect(throws: IdentityError.notOrgMember) { try decide(try account(), session(), org: .make(at: Self.now)) }
    }

    @Test func `ID-111 keys that do not work get one refusal`() throws {
        func decide(revoked: Bool = false, expires: Duration? = nil, epoch: Int = 1, user: User) throws -> Principal {
            let key = APIKey(
                id: .make(at: Self.now), user: Self.user, epoch: 1, label: try #require(APIKeyLabel(name: "k", description: nil)),
                prefix: "rfs01234", scopes: [.graphRead], org: nil, graph: nil, expiresAt: expires.map { Self.now + $0 },
                createdAt: Self.now, lastActiveAt: nil, revokedAt: revoked ? Self.now : nil)
            return try AuthenticationDecision.principal(
                from: AuthenticationRow(user: user, session: nil, key: key, orgScope: nil), for: .apiKey(SecretDigest(bytes: [])),
                actingFor: nil, at: Self.now, overlap: .seconds(5))
        }
        let active = try account()
        #expect(try decide(expires: .seconds(1), user: active).scopes == [.graphRead])
        #expect(throws: IdentityError.apiKeyInvalid) { try decide(revoked: true, user: active) }
        #expect(throws: IdentityError.apiKeyInvalid) { try decide(expires: .seconds(0), user: active) }
        #expect(throws: IdentityError.apiKeyInvalid) { try decide(user: try account(keyEpoch: 2)) }
    }

    /// What the person is where the tests of reach look.
    private static let owner = SecondFactorStanding(role: .owner, type: .team, rule: "admins", isAlone: false)

    @Test func `ID-134 ID-108 authentication says how far a credential reaches into every org, not only the one of the request`() throws {
        let (org, other) = (OrgReference.make(at: Self.now), OrgReference.make(at: Self.now))
        func reach(_ methods: [String], _ enforcement: SecondFactorEnforcement?) throws -> MembershipReach {
            let session = session(methods: methods)
            return try AuthenticationDecision.principal(
                from: AuthenticationRow(user: try account(), session: session, key: nil, orgScope: nil),
                for: .session(session.id, generation: 3), actingFor: nil, at: Self.now, overlap: .seconds(5), enforcement: enforcement
            ).reach
        }
        #expect(try reach(["pwd"], .off).role(Self.owner, in: org) == .member)
        #expect(try reach(["pwd", Session.twoFactors], .off).role(Self.owner, in: org) == .owner)
        // Where nobody can show a second factor nobody lacks it: else all would be locked out for good.
        #expect(try reach(["pwd"], nil).role(Self.owner, in: org) == .owner)
        let key = APIKey(
            id: .make(at: Self.now), user: Self.user, epoch: 1, label: try #require(APIKeyLabel(name: "k", description: nil)),
            prefix: "rfs01234", scopes: nil, org: org, graph: nil, expiresAt: nil, createdAt: Self.now, lastActiveAt: nil, revokedAt: nil)
        let bound = try AuthenticationDecision.principal(
            from: AuthenticationRow(user: try account(), session: nil, key: key, orgScope: nil), for: .apiKey(SecretDigest(bytes: [])),
            actingFor: nil, at: Self.now, overlap: .seconds(5)
        ).reach
        #expect(bound.role(Self.owner, in: org) == .owner && bound.role(Self.owner, in: other) == nil)
        #expect(bound.includes(org) && !bound.includes(other))
    }

    @Test func `ID-134 what is left of a role without the second factor is a member's, or nothing, and says why`() throws {
        let org = OrgReference.make(at: Self.now)
        let lacking = MembershipReach(lacking: .off, boundOrg: nil)
        func standing(_ role: OrgRole, _ rule: String?) -> SecondFactorStanding {
            SecondFactorStanding(role: role, type: .team, rule: rule, isAlone: false)
        }
        #expect(try lacking.requireRole(standing(.owner, "off"), in: org) == .owner)
        #expect(try lacking.requireRole(standing(.owner, "admins"), in: org) == .member)
        #expect(try lacking.requireRole(standing(.member, "admins"), in: org) == .member)
        #expect(try lacking.requireRole(nil, in: org) == nil)
        #expect(throws: IdentityError.mfaEnrollmentRequired) { try lacking.requireRole(standing(.member, "everyone"), in: org) }
        // An org that a key does not reach is as none, whatever it asks for.
        let bound = MembershipReach(lacking: .off, boundOrg: .make(at: Self.now))
        #expect(try bound.requireRole(standing(.member, "everyone"), in: org) == nil)
    }

    @Test func `ID-105 a write scope includes its read scope, and nothing else`() throws {
        func principal(_ scopes: Set<Scope>?) throws -> Principal {
            Principal(
                userID: Self.user, email: try #require(EmailAddress("ada@example.com")), name: try #require(PersonName("Ada")),
                isEmailVerified: true, credential: .apiKey(.make(at: Self.now)), scopes: scopes, graph: nil, orgScope: nil)
        }
        #expect(try principal([.graphAdmin]).may(.graphRead))
        #expect(try !principal([.graphWrite]).may(.graphAdmin))
        #expect(try principal(nil).may(.billingWrite))
        #expect(throws: IdentityError.scopeRequired(.keysWrite)) { try principal([.userWrite]).require(.keysWrite) }
        #expect(throws: IdentityError.sessionRequired) { _ = try principal(nil).requireSession() }
    }
}
