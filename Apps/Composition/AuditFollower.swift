internal import Audit
internal import AuditPostgres
internal import Core
internal import JobsPostgres
internal import Observability
internal import Postgres

/// The audit log as something that lives in the same time as the product: at every instant that the clock visits, what was written gets its link, and
/// the checkpoint and the erasures that are due are made before the clock goes on (AUD-042).
struct AuditFollower: ClockFollower {
    private let database: PostgresClient
    private let node: Node.ID
    private let sealing: @Sendable (Node.ID?) -> AuditSealer
    private let upkeep: AuditUpkeep
    private let isSigning: Bool

    /// `nil` where the clock cannot be moved. Works in the background's role, as the clock itself does.
    init?(_ foundations: Foundations) throws {
        guard let database = foundations.clockDatabase else { return nil }
        let (configuration, dateSource, log) = (foundations.configuration, foundations.dateSource, foundations.log.labelled("audit"))
        let signer = try configuration.auditSigner()
        let anchor = configuration.auditAnchorFile.map { FileAuditAnchor(path: $0) }
        self.database = database
        node = foundations.node
        // Without keys each process has one of its own: then only the worker signs.
        isSigning = !configuration.masterKeys.isEmpty
        sealing = { AuditSealer(client: database, dateSource: dateSource, signer: signer, anchor: anchor, node: $0, log: log) }
        upkeep = AuditUpkeep(
            client: database, dateSource: dateSource, node: foundations.node, retention: .days(configuration.auditPrivateDays),
            otherRetention: configuration.auditOtherPrivateDays.map { .days($0) })
    }

    /// It needs no instants of its own: of those that the clock visits there is at least one a day.
    func nextDueInstant(after instant: Instant, notAfter limit: Instant) async throws -> Instant? { nil }

    func move(to instant: Instant) async throws {}

    func isQuiet() async throws -> Bool {
        // A command that moves the clock is no process that the log was told of.
        let known = try await database.query("SELECT EXISTS (SELECT FROM audit.node WHERE id = \(node))", scope: .system)
        let isKnown = try known.first?.decode(Bool.self) ?? false
        let sealer = sealing(isKnown ? node : nil)
        while try await sealer.seal() == AuditSealer.batchSize {}
        if isSigning { _ = try await sealer.checkpoint() }
        if isKnown { try await upkeep.eraseIfDue() }
        return try await AuditBacklog.current(in: database).count == 0
    }
}
