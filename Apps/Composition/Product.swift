internal import AuditPostgres
internal import Billing
internal import BillingPostgres
internal import Core
internal import Cryptography
internal import FoundationEssentials
internal import GraphEngines
internal import Graphs
internal import GraphsPostgres
internal import HTTPClient
internal import Identity
internal import IdentityCryptography
internal import IdentityHTTP
internal import IdentityPostgres
internal import IdleCancellation
internal import JobsPostgres
internal import Lifecycle
internal import Notifications
internal import NotificationsPostgres
internal import Observability
internal import Orgs
internal import WebAuthn

/// Every package of Trellis on one store, put together once for each process: the API answers with it, the worker works with it.
public struct Product: Sendable {
    let foundations: Foundations
    let notifier: JobNotifier
    let store: AppStore
    let transport: any HTTPTransport
    /// Takes down whom this process refuses, bounded under a flood (AUD-028).
    let denials: PostgresDenialLog
    let identityEnvironment: IdentityEnvironment<AppStore>
    let identity: IdentityServices
    let orgsSettings: OrgsSettings
    let membershipObservers: [any MembershipObserver<AppTransaction>]
    let lifecycleObservers: [any OrgLifecycleObserver<AppTransaction>]
    /// Signs and reads keep links; without a key it makes none.
    let keepTokens: KeepTokens
    let accountObserver: OrgAccountObserver<AppTransaction>
    let authorizer: MembershipAuthorizer
    /// The catalogue that is active (BIL-010).
    let plans: Catalogue
    /// The operator's file, or the one that ships; it is active on a new database, and otherwise once it was activated.
    private let catalogueFile: Catalogue
    let graphCatalogue: GraphCatalogue
    let billing: BillingServices<AppStore>
    let idle: IdleCancellationServices<AppStore>
    let hosting: GraphHosting
    let graphs: GraphServices<AppStore, SubscriptionService<AppStore>>

    /// Puts the parts together.
    ///
    /// - Throws: what is wrong with a key, the catalogue or an address of the configuration, or that the database cannot be reached.
    public init(_ foundations: Foundations) async throws {
        let configuration = foundations.configuration
        let dateSource = foundations.dateSource
        let log = foundations.log
        self.foundations = foundations
        notifier = JobNotifier(client: foundations.database, loops: foundations.loops)
        store = AppStore(client: foundations.database, dateSource: dateSource, notifier: notifier)
        denials = PostgresDenialLog(
            client: foundations.database, dateSource: dateSource, node: foundations.node, log: log.labelled("audit"))
        let transport: any HTTPTransport = CurlTransport(configuration: configuration.transportConfiguration)
        var orgsSettings = OrgsSettings()
        orgsSettings.invitations.isEnabled = configuration.areInvitationsEnabled
        orgsSettings.invitations.showsTokens = configuration.stage.isSandbox
        self.orgsSettings = orgsSettings
        authorizer = MembershipAuthorizer()
        graphCatalogue = .standard
        catalogueFile = try configuration.catalogueFile()
        plans = try await configuration.catalogue(activeIn: store, orFrom: catalogueFile)
        let resources: [any SellableResource<AppTransaction>] = [
            GraphResource<AppTransaction>(catalogue: graphCatalogue, dateSource: dateSource),
            RepositorySeats<AppTransaction>(dateSource: dateSource),
        ]
        var settings = IdentitySettings()
        settings.isRegistrationOpen = configuration.isRegistrationEnabled
        settings.deactivatesOrphans = configuration.deactivatesOrphans
        self.transport = transport
        let rings = [
            ("TRELLIS_SIGNING_KEYS", try KeyRing(configuration.signingKeys)),
            ("TRELLIS_MASTER_KEYS", try KeyRing(configuration.masterKeys)),
            ("TRELLIS_BACKUP_KEYS", try KeyRing(configuration.backupKeys)),
        ].map { (setting: $0.0, ring: $0.1) }
        try KeyRing.requireDistinct(rings)
        keepTokens = KeepTokens(keys: try configuration.keepKeys())
        let idleObserver = IdleObserver<AppTransaction>(
            notices: IdleNotices<AppTransaction>(
                outbox: MailOutbox(), composer: IdleMailComposer(graphs: graphCatalogue), tokens: keepTokens, dateSource: dateSource,
                metrics: foundations.metrics),
            settings: configuration.idle, metrics: foundations.metrics, dateSource: dateSource, log: log)
        membershipObservers = [
            GraphMembershipObserver<AppTransaction>(),
            SeatMembershipObserver<AppTransaction>(catalogue: plans, resources: resources, dateSource: dateSource, idle: idleObserver),
        ]
        let secrets = DerivedSecrets(master: try KeyRing(configuration.masterKeys).newest.secret)
        let captcha = try Self.captcha(configuration, store: store, transport: transport, secrets: secrets)
        settings.captcha = captcha?.settings
        settings.secondFactors = configuration.secondFactors
        billing = BillingServices(
            store: store,
            provider: try configuration.paymentProvider(
                transport: transport, database: foundations.database, dateSource: foundations.dateSource, log: log,
                metrics: foundations.metrics),
            catalogue: plans,
            resources: resources, directory: StoredOrgDirectory(store: store), authorizer: authorizer,
            settings: configuration.billingSettings,
            dateSource: dateSource, log: log, metrics: foundations.metrics, idle: idleObserver,
            guarded: DueGraph.Step.allCases.map { GuardedGraphs<AppTransaction>($0) })
        idle = IdleCancellationServices(
            store: store, observer: idleObserver, orders: billing.idleOrders,
            activity: StoredActivity(store: store, maximumAge: configuration.idle.probeMaximumAge, dateSource: dateSource))
        if keepTokens.keyIDs.isEmpty {
            log.warning("no key signs keep links: the mails about idle subscriptions have none", ["setting": "TRELLIS_KEEP_TOKEN_KEYS"])
        }
        foundations.metrics.gauge("trellis_idle_keep_key_configured", help: "1 when keep links can be signed.")
            .set(keepTokens.keyIDs.isEmpty ? 0 : 1)
        hosting = try GraphHosting(
            configuration, deployment: try await store.deployment(), marks: PostgresEngineMarks(client: foundations.database),
            loops: foundations.loops, log: log)
        graphs = GraphServices(
            store: store, subscriptions: billing.subscriptions, engine: hosting.engine, archives: hosting.archives,
            links: SignedDownloadLinks(master: try KeyRing(configuration.masterKeys).newest.secret), catalogue: graphCatalogue,
            notices: MailedNotices<AppTransaction>(), isBillingEnabled: configuration.isBillingEnabled, dateSource: dateSource, log: log,
            metrics: foundations.metrics)
        lifecycleObservers = [
            billing.orgObserver, graphs.orgObserver,
            AuditSinkRemoval(sinks: PostgresAuditSinks(client: foundations.database, dateSource: dateSource)),
        ]
        identityEnvironment = IdentityEnvironment(
            store: store, passwords: ArgonPasswordHasher(try PasswordHasher(parameters: configuration.stage.passwordParameters)),
            tokens: try EdDSATokenSigner(
                keys: try KeyRing(configuration.signingKeys), issuer: configuration.publicURL, audience: configuration.publicURL),
            secrets: secrets, captcha: captcha?.verifier, guessing: PostgresGuessingProtection(store: store), dateSource: dateSource,
            settings: settings, log: log.labelled("identity"), metrics: IdentityMetrics(foundations.metrics),
            delayedUses: DelayedUses(),
            passkeys: WebAuthnPasskeys(RelyingParty(id: configuration.passkeyParty, origins: Set(configuration.passkeyOrigins))),
            activity: ActivityNotices(), denials: denials)
        accountObserver = OrgAccountObserver(
            settings: orgsSettings, secrets: identityEnvironment.secrets, membershipObservers: membershipObservers,
            lifecycleObservers: lifecycleObservers, dateSource: dateSource)
        identity = IdentityServices(
            identityEnvironment, observer: accountObserver,
            graphs: StoredGraphAccess(store: store))
    }

    /// Makes the catalogue of the settings the active one on a new database; on any other it only compares its prices with those on record, and
    /// a price that has changed without a new version ends the start.
    ///
    /// - Throws: `CatalogueRefused` with the prices that have changed; `SettingsError` when another catalogue was activated in this very moment.
    public func establish() async throws {
        let (active, isFile) = try await store.establish(catalogueFile, at: foundations.dateSource.now)
        guard plans.version == active.version || (plans.version == nil && isFile) else {
            throw SettingsError(problems: ["another catalogue was activated while the process started; start it again"])
        }
        if !isFile {
            foundations.log.warning(
                "the catalogue file is not the active catalogue: `trellis billing catalogue preview` shows what it would change",
                ["active": .string(active.version)])
        }
    }

    /// Mails and notices, kept in the control database.
    var notificationStore: PostgresNotificationStore<AppTransaction> {
        let dateSource = foundations.dateSource
        return PostgresNotificationStore(client: foundations.database, notifier: notifier) { postgres, wakeUps in
            AppTransaction(postgres: postgres, dateSource: dateSource, wakeUps: wakeUps)
        }
    }

    /// Counts how often this process wakes workers up.
    public func countNotifications() {
        notifier.count(in: foundations.metrics)
    }

    /// Ends connections to graph hosts; the foundations are ended apart.
    public func shutdown() async {
        await hosting.close()
    }
}

extension TrellisConfiguration {
    /// Whether graphs are sold; without a key of the payment provider they are given away.
    var isBillingEnabled: Bool { stripeSecretKey != nil }

    /// The sandbox speaks to the payment simulator on this machine without TLS; nothing else is ever reached that way.
    var transportConfiguration: CurlTransport.Configuration {
        var transport = CurlTransport.Configuration()
        transport.allowsPlainLoopback = stage.isSandbox
        return transport
    }

    /// - Throws: `SettingsError` for a key that is short, badly written, given twice, or serves something else as well (SEC-077, IDL-049).
    fileprivate func keepKeys() throws -> KeepKeys {
        do throws(KeepKeys.Refusal) {
            let others = [databaseURL, smtpURL] + graphHosts + plainWebhookSecrets + signingKeys + masterKeys + backupKeys
            return try KeepKeys(keepTokenKeys, others: others + [stripeSecretKey, captchaSecret, sandboxControlToken].compactMap(\.self))
        } catch {
            throw SettingsError(problems: ["TRELLIS_KEEP_TOKEN_KEYS \(error.description)"])
        }
    }

    var billingSettings: BillingSettings {
        BillingSettings(
            isEnabled: isBillingEnabled, isSandboxMode: stage.isSandbox,
            successURL: publicURL + "/billing/checkout/success?session_id={CHECKOUT_SESSION_ID}",
            cancelURL: publicURL + "/billing/checkout/canceled", portalReturnURL: publicURL + "/billing")
    }

    /// The catalogue that is active; without one the given file. The sandbox sells what is announced only, so that it can be tried.
    ///
    /// - Throws: `CatalogueRefused` when this release cannot read what is active.
    fileprivate func catalogue(activeIn store: AppStore, orFrom file: Catalogue) async throws -> Catalogue {
        let catalogue = try await store.activeCatalogue()?.read() ?? file
        return stage.isSandbox ? catalogue.sellingAllAddons() : catalogue
    }

    /// The operator's catalogue of plans, or the one that ships.
    ///
    /// - Throws: `CatalogueRefused` with every fault; `SettingsError` when the file cannot be read.
    func catalogueFile() throws -> Catalogue {
        guard let catalogPath else { return try BuiltInCatalogue.load() }
        guard let data = FileManager.default.contents(atPath: catalogPath) else {
            throw SettingsError(problems: ["TRELLIS_CATALOG names a file that cannot be read"])
        }
        return try Catalogue(reading: Array(data))
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
