import Audit
import AuditPostgres
import AuditProof
import AuditStorage
import Core
import Postgres

// A program that keeps a log and uses nothing else of the product: docs/guides/audit-alone.md shows these lines.

/// A machine of a workshop, which the product knows nothing of.
enum Machine: AuditReferable {
    static let idPrefix = "machine"
    static let auditKind = AuditReferenceKind(own: "machine", isText: false)
    typealias ID = Identifier<Machine>
}

/// A shift, known by its name.
struct Shift: AuditReferableText {
    static let auditKind = AuditReferenceKind(own: "shift", isText: true)
    let auditKey: String
}

/// A machine was started.
struct MachineStarted: AuditEvent {
    static let type = AuditEventType(
        "machine_started", risk: .low, class: .operation, component: "workshop", requires: [Machine.auditKind, Shift.auditKind])
    let machine: Machine.ID
    let shift: Shift
    var references: AuditReferences { AuditReferences(AuditReference(machine), AuditReference(shift)) }
    var summary: String { "\(machine) started" }
}

/// The guard of a machine was opened while it ran.
struct GuardOpened: AuditEvent {
    static let type = AuditEventType(
        "guard_opened", risk: .critical, class: .security, component: "workshop", requires: [Machine.auditKind])
    let machine: Machine.ID
    let operatorName: String
    var references: AuditReferences { AuditReferences(AuditReference(machine)) }
    var summary: String { "guard of \(machine) opened" }
    var changes: [AuditChange] { [AuditChange("guard", from: "closed", to: "open")] }
    var personal: [String: JSONValue] { ["operator": .string(operatorName)] }
}

/// The workshop, whichever store keeps its log.
struct Workshop<Store: AuditStore>: Sendable {
    let log: Store

    /// A day at the workshop.
    func work(on machine: Machine.ID, in shift: Shift) async throws {
        try await log.withTransaction { transaction in
            try await transaction.record(MachineStarted(machine: machine, shift: shift), by: .system(component: "workshop"))
            try await transaction.record(
                GuardOpened(machine: machine, operatorName: "Ada"), by: .system(component: "workshop"))
        }
    }

    /// What must be looked at.
    func alarms() async throws -> [AuditEntry] {
        var query = AuditQuery()
        query.minimumRisk = .high
        return try await log.entries(query).elements
    }

    /// Seals and signs what was recorded, and says whether the log proves itself.
    func close() async throws -> Bool {
        _ = try await log.seal()
        _ = try await log.checkpoint()
        return try await log.verify().exitCode == 0
    }
}

/// The program's own tables, its two types and its two kinds, behind the package's migrations.
enum CreateWorkshop: Migration {
    static var id: String { "9000-workshop-create" }
    static var sql: String {
        """
        CREATE SCHEMA workshop;
        CREATE TABLE workshop.machine (id uuid PRIMARY KEY);
        CREATE TABLE workshop.shift (name text PRIMARY KEY);
        GRANT USAGE ON SCHEMA workshop TO trellis_system;
        GRANT SELECT, INSERT ON workshop.machine, workshop.shift TO trellis_system;

        """ + AuditSchema.add(Machine.auditKind, in: "workshop.machine", column: "id")
            + AuditSchema.add(Shift.auditKind, in: "workshop.shift", column: "name")
            + AuditSchema.register([MachineStarted.type, GuardOpened.type])
    }
}
