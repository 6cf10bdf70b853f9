internal import Billing
internal import Core
internal import Graphs

/// What is shown of graphs (wire contract, section 4).
enum GraphBodies {
    /// One graph of the list, in camelCase (GraphInfo).
    static func listed(_ found: GraphForUser, isSelected: Bool) -> JSONValue {
        let graph = found.graph
        return [
            "graphId": .string(graph.id.description), "graphName": .string(graph.name),
            "role": .string((found.role ?? .viewer).rawValue), "isSelected": .bool(isSelected),
            "createdAt": .string(graph.createdAt.description), "description": .string(graph.description), "tags": texts(graph.tags),
            "isRepository": false, "repositoryType": nil, "schemaExtensions": texts(graph.extensions),
            "isSubgraph": .bool(graph.id.isSubgraph), "parentGraphId": graph.id.parent.map { .string($0.description) } ?? .null,
            "graphType": .string(graph.kind.rawValue), "status": .string(graph.status.rawValue),
        ]
    }

    /// A shared repository in the same list; its role is read, write or admin (GRA-092).
    static func listed(_ found: RepositoryForUser) -> JSONValue {
        let repository = found.repository
        return [
            "graphId": .string(repository.id.description), "graphName": .string(repository.name), "role": .string(found.access.rawValue),
            "isSelected": false, "createdAt": .string(repository.createdAt.description), "description": .string(repository.description),
            "tags": [], "isRepository": true, "repositoryType": .string(repository.id.description), "schemaExtensions": [],
            "isSubgraph": false, "parentGraphId": nil, "graphType": "repository", "status": "active",
        ]
    }

    /// The whole record.
    static func record(_ found: GraphForUser, access: AccessDecision, lacking: [EngineCapability]) -> JSONValue {
        let graph = found.graph
        return [
            "graph_id": .string(graph.id.description), "org_id": .string(graph.org.description), "graph_name": .string(graph.name),
            "description": .string(graph.description), "tags": texts(graph.tags), "schema_extensions": texts(graph.extensions),
            "graph_type": .string(graph.kind.rawValue), "graph_tier": .string(graph.tier.rawValue),
            "subscription_id": graph.subscription.map { .string($0.description) } ?? .null, "status": .string(graph.status.rawValue),
            "status_since": .string(graph.statusSince.description), "status_reason": graph.statusReason.map { .string($0) } ?? .null,
            "role": .string((found.role ?? .viewer).rawValue), "delete_protected": .bool(graph.isDeleteProtected),
            "access": .string(access.level.rawValue), "access_reason": .string(access.reason.rawValue),
            "engine_mode": .string(graph.mode.rawValue), "mode_enforced_by": lacking.contains(.modes) ? "api" : "engine",
            "engine_lacks": texts(lacking.map(\.rawValue)),
            "write_blocks": texts(
                (access.level == .read ? ["subscription"] : []) + (graph.isOverStorageCap ? ["storage"] : [])
                    + (graph.isBeingMoved ? ["move"] : [])),
            "next_change_at": (graph.purgeAt ?? access.changesAt).map { .string($0.description) } ?? .null,
            "purge_at": graph.purgeAt.map { .string($0.description) } ?? .null,
            "purge_hold": graph.purgeHold.map { .string($0) } ?? .null,
            "restored_from": graph.source.map { .string($0.description) } ?? .null,
            "created_at": .string(graph.createdAt.description),
        ]
    }

    /// A shared repository as a record: it is nobody's, and nothing of its own ends it (GRA-088).
    static func record(_ seat: RepositoryForUser) -> JSONValue {
        let (repository, isReadOnly) = (seat.repository, seat.access == .read)
        let since = JSONValue.string(repository.createdAt.description)
        return [
            "graph_id": .string(repository.id.description), "org_id": nil, "graph_name": .string(repository.name),
            "description": .string(repository.description), "tags": [], "schema_extensions": [], "graph_type": "repository",
            "graph_tier": "ladybug-shared", "subscription_id": nil, "status": "active", "status_since": since, "status_reason": nil,
            "role": .string(seat.access.rawValue), "delete_protected": false, "access": isReadOnly ? "read" : "read_write",
            "access_reason": .string(AccessDecision.Reason.active.rawValue),
            "engine_mode": .string((isReadOnly ? EngineMode.read : .full).rawValue),
            "mode_enforced_by": "engine", "engine_lacks": [],
            "write_blocks": [], "next_change_at": nil, "purge_at": nil, "purge_hold": nil, "restored_from": nil, "created_at": since,
        ]
    }

    /// Nothing of a shared repository is measured here: `as_of` says so.
    static func info(_ seat: RepositoryForUser) -> JSONValue {
        let name = JSONValue.string(seat.repository.id.description)
        let since = JSONValue.string(seat.repository.createdAt.description)
        return [
            "graph_id": name, "database_name": name, "database_size_bytes": 0, "database_size_mb": 0, "node_count": 0,
            "relationship_count": 0, "node_labels": [], "relationship_types": [], "created_at": since, "last_modified": since,
            "read_only": .bool(seat.access == .read), "backup_count": 0, "schema_version": nil, "last_backup_date": nil, "as_of": nil,
        ]
    }

    /// Nothing of a shared repository is watched here.
    static func health(_ seat: RepositoryForUser) -> JSONValue {
        [
            "graph_id": .string(seat.repository.id.description), "status": "unknown", "connection_status": "disconnected",
            "uptime_seconds": 0, "query_count_24h": 0, "avg_query_time_ms": 0, "error_rate_24h": 0, "last_query_time": nil,
            "memory_usage_mb": nil, "memory_usage_percent": nil, "cpu_usage_percent": nil, "resource_status": nil,
            "storage_usage_mb": nil, "alerts": [], "is_stale": false, "stale_reason": nil, "stale_since": nil,
            "last_materialized_at": nil, "hours_since_materialization": nil,
        ]
    }

    /// Size and contents (DatabaseInfoResponse), and when they were so (GRA-026).
    static func info(_ graph: Graph, _ reading: GraphReading?, access: AccessDecision, backups: [GraphBackup]) -> JSONValue {
        let facts = reading?.facts
        let bytes = facts?.bytes ?? 0
        return [
            "graph_id": .string(graph.id.description), "database_name": .string(graph.id.databaseName),
            "database_size_bytes": .integer(bytes), "database_size_mb": .number(Double(bytes) / 1_048_576),
            "node_count": .integer(facts?.nodes.values.reduce(0, +) ?? 0),
            "relationship_count": .integer(facts?.edges.values.reduce(0, +) ?? 0), "node_labels": texts(facts?.nodes.keys.sorted() ?? []),
            "relationship_types": texts(facts?.edges.keys.sorted() ?? []), "created_at": .string(graph.createdAt.description),
            "last_modified": .string((facts?.lastModified ?? graph.createdAt).description),
            "read_only": .bool(access.level != .readWrite), "backup_count": .integer(Int64(backups.count)),
            "schema_version": facts?.schemaVersion.map { .string($0) } ?? .null,
            "last_backup_date": backups.first?.completedAt.map { .string($0.description) } ?? .null,
            "as_of": reading.map { .string($0.measuredAt.description) } ?? .null,
        ]
    }

    /// Condition (DatabaseHealthResponse). Machine figures are null on shared hosts (GRA-027).
    static func health(_ graph: Graph, _ reading: GraphReading?, _ activity: GraphActivity, now: Instant) -> JSONValue {
        let facts = reading.flatMap { $0.isLive ? $0.facts : nil }
        let uptime = facts?.serverStartedAt.map { max(0, Double((now - $0).wholeMilliseconds) / 1_000) } ?? 0
        let (isActive, isHostReady) = (graph.status == .active, reading?.isHostReady == true)
        let status = facts == nil ? (isActive ? "unhealthy" : "unknown") : isHostReady || !isActive ? "healthy" : "degraded"
        let alerts: [String] =
            facts == nil ? ["The database does not answer"] : isHostReady ? [] : ["The server of the database is not in order"]
        return [
            "graph_id": .string(graph.id.description), "status": .string(status),
            "connection_status": facts == nil ? "disconnected" : "connected", "uptime_seconds": .number(uptime),
            "query_count_24h": .integer(activity.statements), "avg_query_time_ms": .number(activity.meanMilliseconds),
            "error_rate_24h": .number(activity.failedPercent), "last_query_time": nil, "memory_usage_mb": nil, "memory_usage_percent": nil,
            "cpu_usage_percent": nil, "resource_status": nil,
            "storage_usage_mb": facts.map { .number(Double($0.bytes) / 1_048_576) } ?? .null,
            "alerts": isActive ? texts(alerts) : [], "is_stale": false,
            "stale_reason": nil, "stale_since": nil, "last_materialized_at": nil, "hours_since_materialization": nil,
        ]
    }

    /// What is in the graph (GraphMetricsResponse); the storage says only an error when nothing could be measured (GRA-029).
    static func metrics(_ found: GraphForUser, _ facts: GraphFacts?, now: Instant) -> JSONValue {
        func counts(_ map: [String: Int64]?) -> JSONValue { .object((map ?? [:]).mapValues { .integer($0) }) }
        let total: JSONValue
        if let bytes = facts?.bytes {
            let kilobytes = Double(bytes) / 1_024
            total = [
                "total_bytes": .integer(bytes), "total_kb": .number(kilobytes), "total_mb": .number(kilobytes / 1_024),
                "total_gb": .number(kilobytes / 1_048_576),
                "items": [["name": .string(found.graph.id.databaseName), "type": "database", "bytes": .integer(bytes)]],
            ]
        } else {
            total = ["error": "The database cannot be measured now"]
        }
        return [
            "graph_id": .string(found.graph.id.description), "graph_name": .string(found.graph.name),
            "user_role": .string((found.role ?? .viewer).rawValue), "timestamp": .string(now.description),
            "total_nodes": .integer(facts?.nodes.values.reduce(0, +) ?? 0),
            "total_relationships": .integer(facts?.edges.values.reduce(0, +) ?? 0), "node_counts": counts(facts?.nodes),
            "relationship_counts": counts(facts?.edges), "storage": total,
            "health_status": [
                "status": facts == nil ? (found.graph.status == .active ? "unhealthy" : "unknown") : "healthy",
                "connection_status": facts == nil ? "disconnected" : "connected",
            ],
        ]
    }

    /// A member (GraphMemberResponse).
    static func member(_ member: GraphMember) -> JSONValue {
        [
            "user_id": .string(member.user.description), "name": .string(member.name), "email": .string(member.email),
            "role": .string(member.role.rawValue), "source": .string(member.source.rawValue),
            "granted_at": member.grantedAt.map { .string($0.description) } ?? .null,
        ]
    }

    /// A login; its password is only in the answer that made it.
    static func credential(_ credential: GraphCredential) -> [String: JSONValue] {
        func text(_ instant: Instant?) -> JSONValue { instant.map { .string($0.description) } ?? .null }
        return [
            "credential_id": .string(credential.id.description), "graph_id": .string(credential.graph.description),
            "username": .string(credential.role), "mode": .string(credential.access.rawValue), "label": .string(credential.label),
            "created_by": .string(credential.createdBy.description), "created_at": .string(credential.createdAt.description),
            "expires_at": text(credential.expiresAt), "revoked_at": text(credential.revokedAt),
        ]
    }

    static func texts(_ texts: [String]) -> JSONValue {
        .array(texts.map { .string($0) })
    }
}
