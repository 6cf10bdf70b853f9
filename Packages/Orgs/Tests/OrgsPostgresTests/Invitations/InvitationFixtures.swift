import Core
import Cryptography
@_spi(Authentication) import Identity
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Synchronization
import Testing

/// Secrets that a test can make again: those of links depend on their ids alone.
struct TestSecrets: SecretMaker {
    func makeAPIKeySecret() -> SecretString { SecretString("rfs") }
    func linkSecret(of kind: String, _ id: String) -> SecretString {
        SecretString(Hex.encode(SHA256.digest(of: "test:\(kind):\(id)")))
    }
    func digest(of secret: SecretString) -> SecretDigest { SecretDigest(bytes: secret.withValue { SHA256.digest(of: $0) }) }
}

extension House {
    func invitations(
        _ settings: InvitationSettings = .shown, observers: [any MembershipObserver<OrgOnlyTransaction>] = []
    ) -> Invitations<PostgresOrgStore> {
        Invitations(store: store, settings: settings, secrets: TestSecrets(), observers: observers, dateSource: clock)
    }

    /// A person who runs an org, as whom to invite.
    func owner(_ name: String = "Olga") async throws -> (scope: AdminScope, user: User.ID, org: Org.ID) {
        let (user, org) = try await person(name)
        // Old enough to send as many mails as an org may.
        try await database.adminClient.execute("UPDATE orgs.org SET created_at = \(clock.now - .days(30)) WHERE id = \(org)")
        return (try await adminScope(user, org), user, org)
    }

    func accept(_ token: InvitationSecret, as user: User.ID, makingDefault: Bool = false) async throws -> Org.ID {
        try await invitations().accept(token, makingDefault: makingDefault, by: try await principal(user, in: nil))
    }

    func state(of invitation: Invitation.ID) async throws -> String? {
        try await database.adminClient.query("SELECT state FROM orgs.invitation WHERE id = \(invitation)").first?.decode(String.self)
    }

    func isLive(_ user: User.ID, in org: Org.ID) async throws -> Bool {
        try await count("orgs.membership WHERE org_id = '\(org.uuid)' AND user_id = '\(user.uuid)' AND ended_at IS NULL") == 1
    }

    /// Lets several do something at the same time, and says what each came to.
    func atOnce(_ bodies: [@Sendable () async throws -> Void]) async throws -> [Ending] {
        try await withThrowingTaskGroup(of: Ending.self) { group in
            for body in bodies { group.addTask { try await Ending(body) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }
}

extension InvitationSettings {
    /// The product's figures, with the secrets in the answers.
    static var shown: InvitationSettings {
        var settings = InvitationSettings()
        settings.showsTokens = true
        return settings
    }
}

extension SentInvitation {
    func secret() throws -> InvitationSecret {
        InvitationSecret(try #require(token).withValue { $0 })
    }
}

func address(_ text: String) throws -> EmailAddress { try #require(EmailAddress(text)) }

extension [Ending] {
    func count(of ending: Ending) -> Int { filter { $0 == ending }.count }
}

/// Remembers which memberships began.
final class SeenMemberships: MembershipObserver {
    private let memberships = Mutex<[Membership]>([])
    var began: [Membership] { memberships.withLock { $0 } }

    func membershipBegan(_ membership: Membership, in transaction: OrgOnlyTransaction) async throws {
        memberships.withLock { $0.append(membership) }
    }
    func roleChanged(of membership: Membership, from old: OrgRole, in transaction: OrgOnlyTransaction) async throws {}
    func membershipEnded(_ membership: Membership, in transaction: OrgOnlyTransaction) async throws {}
}
