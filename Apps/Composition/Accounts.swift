internal import Audit
internal import AuditHTTP
internal import AuditPostgres
internal import Core
internal import Cryptography
internal import FoundationEssentials
public import HTTPServer
internal import Identity
internal import IdentityCryptography
internal import IdentityHTTP
internal import JobsPostgres
internal import Orgs
internal import OrgsHTTP
internal import OrgsPostgres
internal import Postgres

/// Identity, Orgs and the reading of the log, put together on one store.
public struct Accounts: Sendable {
    private let routes: IdentityRoutes
    private let orgRoutes: OrgRoutes
    private let auditRoutes: AuditRoutes

    /// Puts the parts together.
    ///
    /// - Throws: when a key of the configuration is none.
    public init(_ foundations: Foundations) throws {
        let configuration = foundations.configuration
        let dateSource = foundations.dateSource
        let store = PostgresOrgStore(
            client: foundations.database, dateSource: dateSource,
            notifier: JobNotifier(client: foundations.database, loops: foundations.loops))
        var settings = IdentitySettings()
        settings.isRegistrationOpen = configuration.isRegistrationEnabled
        let environment = IdentityEnvironment(
            store: store, passwords: ArgonPasswordHasher(try PasswordHasher(parameters: configuration.stage.passwordParameters)),
            tokens: try EdDSATokenSigner(
                keys: try KeyRing(configuration.signingKeys), issuer: configuration.publicURL, audience: configuration.publicURL),
            secrets: DerivedSecrets(master: try KeyRing(configuration.masterKeys).newest.secret), captcha: nil, dateSource: dateSource,
            settings: settings)
        let orgsSettings = OrgsSettings()
        let services = IdentityServices(environment, observer: PersonalOrgFounder(settings: orgsSettings), graphs: nil)
        let authenticator = Authenticator(services.authenticator)
        let authorizer = MembershipAuthorizer()
        routes = IdentityRoutes(services)
        orgRoutes = OrgRoutes(
            orgs: Organizations(store: store, settings: orgsSettings, dateSource: dateSource),
            memberships: Memberships(store: store, observers: [], dateSource: dateSource), authorizer: authorizer,
            authenticator: authenticator, dateSource: dateSource)
        auditRoutes = AuditRoutes(
            reader: PostgresAuditReader(client: foundations.database),
            authorizer: AuditAccess(authenticator: authenticator, authorizer: authorizer), describe: ReferenceNames.text)
    }

    /// Adds the routes to a table.
    public func register(on router: inout Router) {
        routes.register(on: &router)
        orgRoutes.register(on: &router)
        auditRoutes.register(on: &router)
    }
}

/// Admins and owners read the log of their org (orgs.md, section 4).
private struct AuditAccess: AuditAuthorizing {
    let authenticator: Authenticator
    let authorizer: MembershipAuthorizer

    func authorizedOrg(_ text: String, for request: Request) async throws -> UUID {
        let principal = try await authenticator.principal(of: request)
        guard let org = Org.ID(text) else { throw IdentityError.notOrgMember }
        return try authorizer.scope(for: .readAudit, by: principal, in: org).org.uuid
    }
}

/// The ids of the log's references as people know them, with the prefix of their kind.
enum ReferenceNames {
    static let text: @Sendable (AuditReference) -> String? = { reference in
        guard case .id(let id) = reference.key else { return nil }
        switch reference.kind {
        case .org: return OrgReference(uuid: id).description
        case .user: return User.ID(uuid: id).description
        case .session: return Session.ID(uuid: id).description
        case .apiKey: return APIKey.ID(uuid: id).description
        case .membership: return MembershipReference(uuid: id).description
        case .node: return Node.ID(uuid: id).description
        default: return nil
        }
    }
}

extension TrellisConfiguration.Stage {
    /// 64 MiB and three passes for customers' passwords (ID-026); the least that is allowed where nobody's password is kept.
    var passwordParameters: PasswordHash.Parameters {
        isSandbox ? .floor : PasswordHash.Parameters(memoryKiB: 65_536, passes: 3, lanes: 1)
    }
}

extension KeyRing {
    /// The keys of a setting, newest first; without any, a key for the life of the process, which production refuses before.
    init(_ setting: [SecretString]) throws {
        guard !setting.isEmpty else {
            try self.init(newest: Key(id: "ephemeral", secret: SecretBytes(RandomBytes.make(count: 32))))
            return
        }
        try self.init(parsing: SecretString(setting.map { $0.withValue { $0 } }.joined(separator: ",")))
    }
}
