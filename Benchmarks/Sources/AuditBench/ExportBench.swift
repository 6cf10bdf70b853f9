import Audit
import AuditPostgres
import Core
import FoundationEssentials
import Identity
import IdentityPostgres
import Jobs
import JobsPostgres
import Operations
import OperationsPostgres
import Orgs
import OrgsPostgres
import Postgres

/// The file of one org's chain with its proof, as the worker's job writes it: how long it takes, and the most memory that the process ever had (AUD-082).
struct ExportBench: Sendable {
    static let org = BenchThing.ID(high: 1, low: 1)
    let client: PostgresClient

    func run() async throws {
        let dateSource = SystemDateSource()
        let (now, org) = (dateSource.now, Org.ID(uuid: Self.org.uuid))
        let store = ExportStore(client: client, dateSource: dateSource)
        let export = OrgExport(
            id: .make(at: now), org: org, requestedBy: User.ID(high: 1, low: 1),
            log: AuditExportOrder(format: .jsonl, includesProof: true, filter: AuditQuery()), state: .running, createdAt: now)
        let operation = try await store.withTransaction(.system) { transaction in
            try await transaction.insert(export)
            return try await AuditExportOperations().order(export, in: transaction)
        }
        guard let id = Operations.Operation.ID(operation) else { return print("no operation") }
        let handler = WriteAuditExportHandler(store: store, settings: OrgsSettings(), naming: { _ in nil })
        let context = JobContext(
            lease: JobLease(job: JobID(rawValue: 0), worker: 0, token: 0), attempt: 1, isLastAttempt: false, dateSource: dateSource,
            effects: PostgresEffectLedger(client: client, dateSource: dateSource))
        let start = ContinuousClock.now
        let outcome = try await handler.run(WriteAuditExport(operation: id, export: export.id), context: context)
        let seconds = microseconds([start.duration(to: .now)], 0) / 1_000_000
        let result = try await store.operation(id)?.result
        let (entries, size) = (result?["entries"]?.integerValue ?? 0, result?["size"]?.integerValue ?? 0)
        print("export entries \(entries) bytes \(size) seconds \(seconds) outcome \(outcome)")
        let status = try String(contentsOf: URL(filePath: "/proc/self/status"), encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM") }
        let peak = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
        print("export_peak_mebibytes \((peak ?? .max) / 1_024) goal 256")
        await client.close()
    }
}

private struct ExportTransaction: PostgresOperationTransaction, PostgresOrgTransaction, OperationTransaction, AuditExportTransaction {
    let postgres: PostgresTransaction
    let dateSource: any DateSource
    let wakeUps: JobWakeUps?
}

private struct ExportStore: PostgresOperationStore, PostgresOrgStoring, OperationStore {
    typealias Transaction = ExportTransaction

    let client: PostgresClient
    let dateSource: any DateSource
    var notifier: JobNotifier? { nil }

    func makeTransaction(_ postgres: PostgresTransaction, wakeUps: JobWakeUps) -> ExportTransaction {
        ExportTransaction(postgres: postgres, dateSource: dateSource, wakeUps: wakeUps)
    }
}
