public import Audit
internal import AuditProof
public import Core
public import FoundationEssentials
public import Postgres

/// The sinks of orgs in PostgreSQL. Each transaction works for the org alone: row-level security shows it no other's.
public struct PostgresOrgAuditSinks: OrgAuditSinks {
    private let client: PostgresClient
    private let preparing: any AuditSinkPreparing
    private let dateSource: any DateSource
    private let observer: (any AuditSinkObserver)?

    /// Makes them.
    ///
    /// - Parameter preparing: looks at targets and makes secrets.
    public init(client: PostgresClient, preparing: any AuditSinkPreparing, dateSource: any DateSource, observer: (any AuditSinkObserver)?) {
        self.client = client
        self.preparing = preparing
        self.dateSource = dateSource
        self.observer = observer
    }

    /// One statement.
    public func sinks(ofOrg org: UUID) async throws -> [AuditSink] { try await write(org) { try await $0.sinks(ofOrg: org) } }

    /// Under a lock of the org's sinks, so that two at once do not make one too many.
    public func add(_ draft: AuditSinkDraft, by authority: AuditSinkAuthority) async throws -> (sink: AuditSink, secret: SecretString?) {
        let now = dateSource.now
        let id = AuditSink.ID.make(at: now)
        let (kind, secret, sealed) = try preparing.prepare(draft, for: id)
        let sink = AuditSink(
            id: id, kind: kind, target: draft.target,
            filter: AuditSink.Filter(
                chain: AuditChain.org(authority.org.uuidString), classes: draft.classes, minimumRisk: draft.minimumRisk),
            sealedSecret: sealed, owner: AuditSink.Owner(org: authority.org, creator: authority.person), progress: .beginning,
            health: AuditSinkHealth(startingAt: now))
        try await write(authority.org) { desk in
            let lock = "audit.sink/\(authority.org.uuidString)"
            try await desk.postgres.execute("SELECT pg_advisory_xact_lock(hashtextextended(\(lock), 0))")
            guard try await desk.sinks(ofOrg: authority.org).count < AuditSink.maximumPerOrg else {
                throw AuditSinkRefusal.tooMany(maximum: AuditSink.maximumPerOrg)
            }
            try await desk.add(sink, by: authority.actor)
        }
        return (sink, secret)
    }

    /// Twice is one entry.
    public func pause(_ id: AuditSink.ID, by authority: AuditSinkAuthority) async throws -> AuditSink {
        try await write(authority.org) { desk in
            let before = try await Self.sink(id, authority, desk)
            return try await desk.pause(id, by: authority.actor) ?? before
        }
    }

    /// A place behind the end of the chain is where the sink is.
    public func resume(_ id: AuditSink.ID, after position: Int64?, by authority: AuditSinkAuthority) async throws -> AuditSink {
        try await write(authority.org) { desk in
            _ = try await Self.sink(id, authority, desk)
            var place: AuditSink.Progress?
            if let position, let row = try await desk.postgres.query("SELECT * FROM audit.own_place(\(position))").first {
                place = AuditSink.Progress(
                    seal: try row.decode("seal"), position: position, checkpoint: try row.decode("checkpoint"),
                    key: position == 0 ? 0 : .max)
            }
            guard let sink = try await desk.resume(id, after: place, by: authority.actor) else { throw AuditSinkRefusal.notFound }
            return sink
        }
    }

    /// The second time there is none.
    public func remove(_ id: AuditSink.ID, by authority: AuditSinkAuthority) async throws {
        try await write(authority.org) { desk in
            _ = try await Self.sink(id, authority, desk)
            guard try await desk.remove(id, by: authority.actor) != nil else { throw AuditSinkRefusal.notFound }
        }
    }

    private static func sink(_ id: AuditSink.ID, _ authority: AuditSinkAuthority, _ desk: AuditSinkDesk) async throws -> AuditSink {
        guard let sink = try await desk.sinks(ofOrg: authority.org).first(where: { $0.id == id }) else { throw AuditSinkRefusal.notFound }
        return sink
    }

    private func write<Result: Sendable>(_ org: UUID, _ body: (AuditSinkDesk) async throws -> Result) async throws -> Result {
        let (dateSource, observer) = (dateSource, observer)
        return try await client.withTransaction(scope: .org(org)) { transaction in
            try await body(AuditSinkDesk(postgres: transaction, dateSource: dateSource, observer: observer))
        }
    }
}
