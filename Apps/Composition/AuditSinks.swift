public import Audit
public import AuditPostgres
internal import AuditStreaming
public import Core
internal import Cryptography
internal import FoundationEssentials
internal import HTTPClient
internal import Identity
internal import Jobs
internal import JobsPostgres
internal import Lifecycle
internal import Notifications
internal import NotificationsWebhooks
internal import Observability
internal import Orgs
public import Postgres

/// What an operator wants to make: where entries of the audit log go to as they come.
public struct AuditSinkOrder: Sendable {
    /// An address, a receiver of syslog, or the name of a file of `TRELLIS_AUDIT_SINK_DIR`.
    public var target: String
    /// The only org whose entries go.
    public var org: String?
    /// What the entries are about; empty for everything.
    public var classes: Set<AuditClass> = []
    /// How much the entries matter at least.
    public var minimumRisk = AuditRisk.low
    /// A token that the receiver wants.
    public var bearer: SecretString?

    /// Names the target.
    public init(target: String) {
        self.target = target
    }
}

extension AuditSinkOrder {
    /// Makes the sink.
    ///
    /// - Returns: its id, and what its requests are signed with, which is shown once; a file and a receiver of syslog have none.
    /// - Throws: `SettingsError` with what is wrong with the order.
    public func make(
        in client: PostgresClient, _ configuration: TrellisConfiguration, by dateSource: any DateSource
    ) async throws -> (id: AuditSink.ID, secret: SecretString?) {
        let now = dateSource.now
        let id = AuditSink.ID.make(at: now)
        var filter = AuditSink.Filter(chain: nil, classes: classes, minimumRisk: minimumRisk)
        if let org {
            guard let org = Org.ID(org) else { throw SettingsError(problems: ["\(org.prefix(64)) is not the id of an org"]) }
            filter.chain = "org:\(org.uuid.uuidString.lowercased())"
        }
        var (sealed, secret): (String?, SecretString?) = (nil, nil)
        let kind: AuditSink.Kind = SyslogAuditSinkSender.isMeant(by: target) ? .syslog : target.contains("://") ? .http : .file
        switch kind {
        case .http:
            let sender = try configuration.auditSinkSender()
            if let reason = sender.refusal(of: target) { throw SettingsError(problems: [reason]) }
            let made = StandardWebhook.makeSecret()
            (secret, sealed) = (made, try sender.seal(made, bearer: bearer, for: id))
        case .syslog:
            if let reason = configuration.syslogSinkSender().refusal(of: target) { throw SettingsError(problems: [reason]) }
        case .file:
            if let reason = FileAuditSinkSender.refusal(of: target) { throw SettingsError(problems: [reason]) }
        }
        let sink = AuditSink(
            id: id, kind: kind, target: target, filter: filter, sealedSecret: sealed, progress: .beginning,
            health: AuditSinkHealth(startingAt: now))
        try await configuration.auditSinks(in: client, by: dateSource).add(sink, by: .system(component: "cli"))
        return (id, secret)
    }
}

extension TrellisConfiguration {
    /// The sinks, as operators look after them.
    public func auditSinks(in client: PostgresClient, by dateSource: any DateSource) -> PostgresAuditSinks {
        PostgresAuditSinks(client: client, dateSource: dateSource, observer: AuditSinkNews(dateSource: dateSource))
    }

    /// Where sinks of customers may lead: to public addresses; in development to this machine as well.
    var auditSinkRules: DestinationRules { DestinationRules(allowsLoopback: stage == .development) }

    /// Posts to sinks at public addresses; in development to this machine as well.
    func auditSinkSender() throws -> HTTPAuditSinkSender {
        let rules = auditSinkRules
        return HTTPAuditSinkSender(
            transport: CurlTransport(configuration: HTTPWebhookSender.transportConfiguration(rules)),
            sealer: try SecretSealer(keys: KeyRing(masterKeys)), rules: rules
        ) { StandardWebhook.headers(id: $0, at: $1, body: $2, secrets: [$3]) }
    }

    /// Sends messages to receivers of syslog. Those that operators name may stand in the deployment's own network and have certificates of its authorities;
    /// those that customers name stand in the open one.
    func syslogSinkSender() -> SyslogAuditSinkSender {
        var (inner, open) = (StreamDelivery.Configuration(), StreamDelivery.Configuration())
        inner.certificateBundlePath = auditSyslogAuthorities
        open.connectsToPublicAddressesOnly = !auditSinkRules.allowsLoopback
        if auditSinkRules.allowsLoopback { open.certificateBundlePath = auditSyslogAuthorities }
        let (deliveries, openDeliveries) = (StreamDelivery(configuration: inner), StreamDelivery(configuration: open))
        return SyslogAuditSinkSender(host: Self.host(of: publicURL), allowsPlain: auditSyslogAllowsPlain) { bytes, receiver, onlyPublic in
            try await (onlyPublic ? openDeliveries : deliveries).send(bytes, to: receiver)
        }
    }
}

extension Foundations {
    /// Sends entries to the sinks as they are sealed.
    func sinkStreaming() throws -> AuditSinkStreaming {
        var senders: [AuditSink.Kind: any AuditSinkSender] = [
            .http: try configuration.auditSinkSender(), .syslog: configuration.syslogSinkSender(),
        ]
        if let folder = configuration.auditSinkFolder { senders[.file] = FileAuditSinkSender(folder: folder) }
        return AuditSinkStreaming(
            client: database, senders: senders, observer: AuditSinkNews(dateSource: dateSource), dateSource: dateSource, loops: loops,
            log: log.labelled("audit"))
    }
}

extension Product {
    /// The sinks of orgs, for their owners.
    func orgAuditSinks() throws -> PostgresOrgAuditSinks {
        let configuration = foundations.configuration
        return PostgresOrgAuditSinks(
            client: foundations.database,
            preparing: PublicSinkTargets(
                http: try configuration.auditSinkSender(), syslog: configuration.syslogSinkSender(), rules: configuration.auditSinkRules
            ) { StandardWebhook.makeSecret() },
            dateSource: foundations.dateSource, observer: AuditSinkNews(dateSource: foundations.dateSource))
    }
}

/// Has people told of sinks: what the mails are made of is in the queue when the change is (NOT-167, NOT-204).
struct AuditSinkNews: AuditSinkObserver {
    let dateSource: any DateSource

    func sinkIsFailing(_ sink: AuditSink, in transaction: PostgresTransaction) async throws {
        let health = sink.health
        guard let since = health.failingSince else { return }
        try await publish(
            AuditSinkFailing(
                sink: sink.id, place: place(of: sink), host: sink.host, since: since, answer: health.lastError ?? "",
                pausesAt: since + AuditSinkHealth.patience),
            in: transaction)
    }

    func sinkWasPaused(_ sink: AuditSink, in transaction: PostgresTransaction) async throws {
        let health = sink.health
        try await publish(
            AuditSinkStopped(
                sink: sink.id, place: place(of: sink), host: sink.host, at: health.pausedAt ?? dateSource.now,
                hasFailed: health.isGivenUp, since: health.failingSince),
            in: transaction)
    }

    private func place(of sink: AuditSink) -> AuditSinkPlace? {
        sink.owner.map { AuditSinkPlace(org: Org.ID(uuid: $0.org), creator: User.ID(uuid: $0.creator)) }
    }

    /// The worker finds it when it looks at the queue: nobody waits for it.
    private func publish(_ event: some DomainEvent, in transaction: PostgresTransaction) async throws {
        try await AppTransaction(postgres: transaction, dateSource: dateSource, wakeUps: nil).publish(event)
    }
}

/// An org that is gone has no sinks (ORG-096).
struct AuditSinkRemoval: OrgLifecycleObserver {
    typealias Transaction = AppTransaction

    let sinks: PostgresAuditSinks

    func purge(_ step: PurgeStep, of org: Org.ID, at now: Instant) async throws -> PurgeStepOutcome {
        if step == .belongings { try await sinks.removeAll(ofOrg: org.uuid, by: .system(component: "audit")) }
        return .done
    }
}
