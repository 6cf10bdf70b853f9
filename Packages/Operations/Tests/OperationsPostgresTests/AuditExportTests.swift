import Audit
import AuditPostgres
import Core
@_spi(Authentication) import Identity
import IdentityPostgres
import Jobs
import JobsPostgres
import Operations
import OperationsPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

/// An org's part of the log as a file, from the order to the end of its seven days.
@Suite struct AuditExportTests {
    private let table = AuditExportOrder(format: .csv, includesProof: false, filter: AuditQuery())

    private func exports(_ house: TeardownHouse) -> AuditLogExports<HouseStore> {
        AuditLogExports(store: house.store, ordering: AuditExportOperations(), dateSource: house.clock)
    }

    private func scope(_ house: TeardownHouse) async throws -> MemberScope {
        let account = try #require(try await house.store.profile(of: house.admin))
        let principal = Principal(
            userID: house.admin, email: account.email, name: account.name, isEmailVerified: true,
            credential: .session(.make(at: house.clock.now), generation: 1), scopes: nil, graph: nil,
            orgScope: try await house.store.scope(of: house.admin, in: house.org))
        return try MembershipAuthorizer().scope(for: .readAudit, by: principal, in: house.org)
    }

    /// What a worker does with the job.
    private func work(
        _ started: (export: OrgExport, operation: String), _ house: TeardownHouse, isLast: Bool = false
    ) async throws -> JobOutcome {
        let handler = WriteAuditExportHandler(
            store: HouseStore(client: house.database.systemClient, dateSource: house.clock), settings: OrgsSettings(), naming: { _ in nil })
        return try await handler.run(
            WriteAuditExport(operation: try #require(Operations.Operation.ID(started.operation)), export: started.export.id),
            context: JobContext(
                lease: JobLease(job: JobID(rawValue: 0), worker: 0, token: 0), attempt: 1, isLastAttempt: isLast, dateSource: house.clock,
                effects: PostgresEffectLedger(client: house.database.systemClient, dateSource: house.clock)))
    }

    @Test func `AUD-082 AUD-133 an export is an operation, one at a time, offered for seven days, and each download is an entry`()
        async throws
    {
        try await TeardownHouse.with { house in
            let (exports, scope) = (exports(house), try await scope(house))
            let started = try await exports.start(table, in: scope)
            await #expect(throws: OrgsError.exportRunning) { try await exports.start(table, in: scope) }
            await #expect(throws: OrgsError.notFound) { try await exports.download(started.export.logID, in: scope) }
            let id = try #require(Operations.Operation.ID(started.operation))
            #expect(try await house.operation(id).status == .pending)
            #expect(try await work(started, house) == .completed)
            #expect(try await work(started, house) == .cancelled(reason: "nothing is to be written any more"), "twice writes one file")

            let ended = try await house.operation(id)
            #expect(ended.status == .completed && ended.result["export_id"]?.stringValue == started.export.logID.description)
            #expect(ended.result["download"]?.stringValue == "/v1/orgs/\(house.org)/audit/exports/\(started.export.logID)")
            let export = try await exports.download(started.export.logID, in: scope)
            let piece = try #require(try await exports.piece(0, of: export))
            #expect(try await exports.piece(1, of: export) == nil && Int64(piece.count) == export.size)
            #expect(ended.result["entries"] == 1 && String(decoding: piece, as: UTF8.self).contains("audit_export_created"))
            let entries: Statement = """
                SELECT count(*) FROM audit.entry WHERE type IN ('audit_export_created', 'audit_export_downloaded')
                    AND ref_org = \(house.org) AND ref_export = \(export.id)
                """
            #expect(try await house.count(entries) == 2)
            // Who is told of it hears of it with the file, once.
            #expect(try await house.count("SELECT count(*) FROM jobs.event WHERE topic = 'orgs.audit_export_ready'") == 1)

            // It is no export of everything that the org owns.
            let owned = try await house.store.withTransaction(.org(house.org)) { try await $0.exports(of: house.org) }
            #expect(owned.isEmpty)
            house.clock.advance(by: .days(7))
            await #expect(throws: OrgsError.notFound) { try await exports.download(export.logID, in: scope) }
            let expire = ExpireExportsHandler(store: HouseStore(client: house.database.systemClient, dateSource: house.clock))
            let context = JobContext(
                lease: JobLease(job: JobID(rawValue: 0), worker: 0, token: 0), attempt: 1, isLastAttempt: false, dateSource: house.clock,
                effects: PostgresEffectLedger(client: house.database.systemClient, dateSource: house.clock))
            #expect(try await expire.run(ExpireExports(), context: context) == .completed)
            #expect(try await exports.piece(0, of: export) == nil)
            #expect(try await house.count(entries) == 2)
        }
    }

    @Test func `AUD-082 an export that cannot be written is told of by its operation, and the next one can be asked for`() async throws {
        try await TeardownHouse.with { house in
            let (exports, scope) = (exports(house), try await scope(house))
            let started = try await exports.start(table, in: scope)
            try await house.database.adminClient.execute("REVOKE INSERT ON orgs.org_export_piece FROM trellis_system")
            await #expect(throws: PostgresError.self) { try await work(started, house) }
            let id = try #require(Operations.Operation.ID(started.operation))
            #expect(try await house.operation(id).status == .running)
            #expect(try await work(started, house, isLast: true) == .discarded(reason: "the export could not be written"))
            let ended = try await house.operation(id)
            #expect(ended.status == .failed && ended.failure?.code == "EXPORT_FAILED")
            await #expect(throws: OrgsError.notFound) { try await exports.download(started.export.logID, in: scope) }
            _ = try await exports.start(table, in: scope)
        }
    }
}
