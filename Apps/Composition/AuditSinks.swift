public import Audit
internal import AuditPostgres
internal import AuditStreaming
public import Core
internal import Cryptography
internal import FoundationEssentials
internal import HTTPClient
internal import Lifecycle
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
        try await PostgresAuditSinks(client: client, dateSource: dateSource).add(sink, by: .system(component: "cli"))
        return (id, secret)
    }
}

extension TrellisConfiguration {
    /// Posts to sinks at public addresses; in development to this machine as well.
    func auditSinkSender() throws -> HTTPAuditSinkSender {
        let rules = DestinationRules(allowsLoopback: stage == .development)
        return HTTPAuditSinkSender(
            transport: CurlTransport(configuration: HTTPWebhookSender.transportConfiguration(rules)),
            sealer: try SecretSealer(keys: KeyRing(masterKeys)), rules: rules
        ) { StandardWebhook.headers(id: $0, at: $1, body: $2, secrets: [$3]) }
    }

    /// Sends messages to receivers of syslog, which operators name: they may stand in the deployment's own network.
    func syslogSinkSender() -> SyslogAuditSinkSender {
        var delivery = StreamDelivery.Configuration()
        delivery.certificateBundlePath = auditSyslogAuthorities
        let deliveries = StreamDelivery(configuration: delivery)
        return SyslogAuditSinkSender(host: Self.host(of: publicURL), allowsPlain: auditSyslogAllowsPlain) {
            try await deliveries.send($0, to: $1)
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
        return AuditSinkStreaming(client: database, senders: senders, dateSource: dateSource, loops: loops, log: log.labelled("audit"))
    }
}
