internal import Core
internal import Graphs
internal import Postgres

/// Reads rows of this package.
enum GraphRow {
    /// The columns of a graph.
    static let columns: Statement = """
        g.id, g.org_id, g.kind, g.created_by, g.created_at, g.provisioning_id, g.name, g.description, g.tags, g.extensions, \
        g.custom_schema, g.initial_entity, g.tier, g.subscription_id, g.host_id, g.status, g.status_since, g.status_reason, g.mode, \
        g.access_epoch, g.purge_at, g.purge_hold, g.delete_protected, g.over_storage_cap, g.being_moved, \
        g.source_backup_id, g.subgraph_index, g.subgraph_type, g.metadata
        """

    static func graph(_ row: Row) throws -> Graph {
        var graph = Graph(
            id: try text(row, "id"), org: try row.decode("org_id"), kind: try word(row, "kind"), createdBy: try row.decode("created_by"),
            createdAt: try row.decode("created_at"), provisioning: try row.decode("provisioning_id"), name: try row.decode("name"),
            description: try row.decode("description"), tags: try row.decode("tags"), extensions: try row.decode("extensions"),
            customSchema: try row.decode("custom_schema"), initialEntity: try row.decode("initial_entity"),
            tier: TierName(rawValue: try row.decode("tier")), subscription: try row.decode("subscription_id"),
            host: try row.decode("host_id"), status: try word(row, "status"), statusSince: try row.decode("status_since"),
            statusReason: try row.decode("status_reason"), mode: try word(row, "mode"), accessEpoch: try row.decode("access_epoch"),
            purgeAt: try row.decode("purge_at"), purgeHold: try row.decode("purge_hold"),
            isDeleteProtected: try row.decode("delete_protected"), source: try row.decode("source_backup_id"))
        graph.isOverStorageCap = try row.decode("over_storage_cap")
        graph.isBeingMoved = try row.decode("being_moved")
        if let index = try row.decode("subgraph_index", as: Int32?.self) {
            graph.subgraph = Subgraph(index: Int(index), kind: try word(row, "subgraph_type"), metadata: try row.decode("metadata"))
        }
        return graph
    }

    static func due(_ row: Row) throws -> DueGraph {
        DueGraph(graph: try text(row, "graph_id"), step: try word(row, "step"), reason: try row.decode("reason"))
    }

    static func slot(_ row: Row) throws -> HostSlot {
        HostSlot(
            host: try row.decode("host_id"), hostName: try row.decode("host_name"), number: Int(try row.decode("number", as: Int32.self)))
    }

    static let credentialColumns: Statement = "id, graph_id, role, access, label, created_by, created_at, expires_at, revoked_at"

    static func credential(_ row: Row) throws -> GraphCredential {
        GraphCredential(
            id: try row.decode("id"), graph: try text(row, "graph_id"), role: try row.decode("role"), access: try word(row, "access"),
            label: try row.decode("label"), createdBy: try row.decode("created_by"), createdAt: try row.decode("created_at"),
            expiresAt: try row.decode("expires_at"), revokedAt: try row.decode("revoked_at"))
    }

    static let backupColumns: Statement = """
        id, graph_id, initiator, created_at, status, archive, completed_at, verified_at, expires_at, requested_by, operation_id, \
        night::text AS night, kept_days, started_at, failure
        """

    /// Whether the store of backups was found not to hold the object of a row any more: such a backup counts for nothing.
    static func isMissing(_ alias: String) -> Statement {
        """
        EXISTS (SELECT FROM graphs.orphan_finding f WHERE f.kind = 'backup_row' AND f.place = 'store' AND f.state = 'open'
            AND f.object = identity.id_text('backup', \(identifier: alias).id))
        """
    }

    static func backup(_ row: Row) throws -> GraphBackup {
        var backup = GraphBackup(
            id: try row.decode("id"), graph: try text(row, "graph_id"), initiator: try word(row, "initiator"),
            createdAt: try row.decode("created_at"), status: try word(row, "status"),
            archive: try row.decode("archive", as: PostgresJSON<BackupArchiveRecord>?.self)?.value,
            completedAt: try row.decode("completed_at"), verifiedAt: try row.decode("verified_at"), expiresAt: try row.decode("expires_at"))
        backup.requestedBy = try row.decode("requested_by")
        backup.operation = try row.decode("operation_id")
        backup.night = try row.decode("night")
        backup.keptDays = try row.decode("kept_days", as: Int32?.self).map(Int.init)
        backup.startedAt = try row.decode("started_at")
        backup.failure = try row.decode("failure")
        return backup
    }

    static func teardown(_ row: Row) throws -> Teardown {
        Teardown(
            graph: try text(row, "graph_id"), operation: try row.decode("operation_id"), closedAt: try row.decode("closed_at"),
            backup: try row.decode("backup_id"), verifiedAt: try row.decode("verified_at"),
            dropAllowedAt: try row.decode("drop_allowed_at"), absentAt: try row.decode("absent_at"),
            waivedAt: try row.decode("waived_at"))
    }

    static func word<Word: RawRepresentable>(_ row: Row, _ column: String) throws -> Word where Word.RawValue == String {
        let text: String = try row.decode(column)
        guard let word = Word(rawValue: text) else { throw row[column].failure("has an unknown word") }
        return word
    }

    static func text<Value: LosslessStringConvertible>(_ row: Row, _ column: String) throws -> Value {
        let text: String = try row.decode(column)
        guard let value = Value(text) else { throw row[column].failure("has another form") }
        return value
    }
}
