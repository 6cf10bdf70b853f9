import Core
@_spi(Authentication) import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

/// Stands for the package that knows invitations: one token leads into an org, for one address.
struct InvitingObserver: AccountObserver {
    let org: OrgReference
    let address: String

    func isOpen(_ invitation: InvitationSecret, in transaction: IdentityOnlyTransaction) async throws -> Bool {
        invitation.secret.withValue { $0 == "good" }
    }

    func accountRegistered(
        _ user: User, through invitation: InvitationSecret?, in transaction: IdentityOnlyTransaction
    ) async throws -> OrgScope? {
        guard let invitation else { return nil }
        guard try await isOpen(invitation, in: transaction) else { throw IdentityError.invitationInvalid }
        guard user.email.description == address else { throw IdentityError.invitationEmailMismatch }
        return OrgScope(
            org: org, user: user.id, membership: .make(at: user.createdAt), role: .admin, state: .active, name: "Inviting", type: .team)
    }
}

@Suite struct InvitedRegistrationTests {
    private func register(
        _ house: House, _ email: String, _ token: String, isOpen: Bool = true, password: String = House.password, org: OrgReference? = nil
    ) async throws -> SignInOutcome {
        var settings = IdentitySettings()
        settings.isRegistrationOpen = isOpen
        let observer = InvitingObserver(org: org ?? .make(at: house.clock.now), address: "ada@example.com")
        return try await RegistrationService(house.with(settings), observer: observer).register(
            RegistrationRequest(
                name: try #require(PersonName("Ada")), email: email, password: Password(password), invitation: InvitationSecret(token)),
            from: house.client)
    }

    @Test func `ID-012 who was invited starts in the inviting org, verified, also while registration is closed`() async throws {
        try await House.with(withOrgs: true) { house in
            let org = try await house.database.makeOrg("Inviting", at: house.clock.now)
            let outcome = try await register(house, "ada@example.com", "good", isOpen: false, org: org)
            #expect(outcome.user.isEmailVerified)
            #expect(outcome.org?.role == .admin)
            #expect(outcome.session.activeOrg == outcome.org?.org)
            #expect(try await house.count("identity.account WHERE email_verified_at IS NOT NULL") == 1)
            #expect(try await house.count("identity.link_token") == 0)
            #expect(try await house.count("jobs.event WHERE topic = 'identity.email_verification_requested'") == 0)
        }
    }

    @Test func `ID-013 an invitation that does not fit makes nothing at all`() async throws {
        try await House.with { house in
            await #expect(throws: IdentityError.invitationInvalid) { try await register(house, "ada@example.com", "bad") }
            await #expect(throws: IdentityError.invitationEmailMismatch) { try await register(house, "eve@example.com", "good") }
            // A product without orgs has no invitations: a token that is made up proves no address.
            await #expect(throws: IdentityError.invitationInvalid) {
                try await RegistrationService(house.environment, observer: NoAccountObserver()).register(
                    RegistrationRequest(
                        name: try #require(PersonName("Ada")), email: "ada@example.com", password: Password(House.password),
                        invitation: InvitationSecret("good")), from: house.client)
            }
            for table in ["identity.account", "identity.session", "audit.entry", "jobs.event"] {
                let rows = try await house.count(table)
                #expect(rows == 0, "\(table)")
            }
        }
    }

    @Test func `ID-009 and ID-016 a closed registration answers before everything else, but to the invited`() async throws {
        try await House.with { house in
            #expect(IdentitySettings().isRegistrationOpen)
            await #expect(throws: IdentityError.registrationClosed) {
                try await register(house, "no address", "bad", isOpen: false, password: "weak")
            }
            await #expect(throws: IdentityError.invalidEmail) {
                try await register(house, "no address", "good", isOpen: false, password: "weak")
            }
            await #expect(throws: IdentityError.weakPassword(PasswordPolicy.rate(Password("weak")).errors)) {
                try await register(house, "ada@example.com", "good", isOpen: false, password: "weak")
            }
            let accounts = try await house.count("identity.account")
            #expect(accounts == 0)
        }
    }
}
