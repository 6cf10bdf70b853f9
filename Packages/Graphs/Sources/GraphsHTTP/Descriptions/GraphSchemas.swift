internal import Billing
internal import Graphs
internal import HTTPServer

/// What Graphs answers, as schemas.
enum GraphSchemas {
    static var id: Schema { .text("kg0123456789abcdef") }

    /// The envelope of an operation that was begun.
    static var envelope: Schema {
        .object(
            "OperationEnvelope",
            [
                "operation": .text("create-graph"), "operationId": .id("op"), "status": .words("completed", "failed", "pending"),
                "at": .instant, "result": .any, "createdBy": .id("user").orNull, "idempotentReplay": .boolean,
            ])
    }

    static var listed: Schema {
        .object(
            "GraphInfo",
            [
                "graphId": id, "graphName": .text("Ledger"), "role": .words("viewer", "member", "admin", "read", "write"),
                "isSelected": .boolean,
                "createdAt": .instant, "description": .string, "tags": .array(of: .string), "isRepository": .boolean,
                "repositoryType": .string.orNull, "schemaExtensions": .array(of: .text("roboledger")), "isSubgraph": .boolean,
                "parentGraphId": .string.orNull, "graphType": .words("entity", "generic", "repository"),
                "status": .words(of: Graph.Status.self),
            ])
    }

    static var record: Schema {
        .object(
            "Graph",
            [
                "graph_id": id, "org_id": Schema.id("org").orNull.means("`null` of a shared repository."), "graph_name": .text("Ledger"),
                "description": .string, "tags": .array(of: .string),
                "schema_extensions": .array(of: .string), "graph_type": .words("entity", "generic", "repository"),
                "graph_tier": .text("ladybug-standard"),
                "subscription_id": .id("bsub").orNull, "status": .words(of: Graph.Status.self), "status_since": .instant,
                "status_reason": .string.orNull, "role": .words("viewer", "member", "admin", "read", "write"), "delete_protected": .boolean,
                "access": .text("read_write"), "access_reason": .text("active"), "engine_mode": .text("rw"),
                "mode_enforced_by": Schema.words("engine", "api").means(
                    "`api` where the engine has no modes: nothing else holds a mode there."),
                "engine_lacks": .array(of: .words(of: EngineCapability.self)),
                "write_blocks": .array(of: .text("subscription")), "next_change_at": .instant.orNull, "purge_at": .instant.orNull,
                "purge_hold": .string.orNull, "restored_from": .id("backup").orNull, "created_at": .instant,
            ])
    }

    static var explanation: Schema {
        .object(
            "GraphExplanation",
            [
                "graph_id": id, "status": .words(of: Graph.Status.self), "access": .text("read_write"), "access_reason": .text("ACTIVE"),
                "engine_mode": .text("full"), "next_change_at": .instant.orNull, "facts": .any,
                "actions": .array(
                    of: .object(
                        "GraphActionExplanation",
                        [
                            "action": .words(of: GraphAction.self), "allowed": .boolean, "code": .text("ALLOWED"), "detail": .string,
                        ])),
            ])
    }

    static var metrics: Schema {
        .object(
            "GraphMetricsResponse",
            [
                "graph_id": id, "graph_name": .text("Ledger"), "user_role": .text("admin"), "timestamp": .instant, "total_nodes": .integer,
                "total_relationships": .integer, "node_counts": .any, "relationship_counts": .any, "storage": .any, "health_status": .any,
            ])
    }

    static var usage: Schema {
        .object(
            "GraphUsageResponse",
            [
                "graph_id": id, "time_range": .words(of: UsageRange.self), "timestamp": .instant,
                "storage_summary": Schema.object(
                    "StorageSummary",
                    [
                        "graph_tier": .text("ladybug-standard"), "avg_storage_gb": .number, "max_storage_gb": .number,
                        "min_storage_gb": .number, "measurement_count": .integer,
                    ]
                ).orNull,
                "credit_summary": Schema.object(
                    "CreditSummary",
                    [
                        "graph_tier": .text("ladybug-standard"), "total_credits_consumed": .number, "total_base_cost": .number,
                        "operation_breakdown": .any, "cached_operations": .integer, "billable_operations": .integer,
                        "transaction_count": .integer,
                    ]
                ).orNull,
                "performance_insights": Schema.object(
                    "PerformanceInsights",
                    [
                        "analysis_period_days": .integer, "total_operations": .integer, "operation_stats": .any,
                        "slow_queries": .array(of: .any), "performance_score": .integer,
                    ]
                ).orNull,
                "recent_events": .array(of: .any),
            ])
    }

    static var info: Schema {
        .object(
            "DatabaseInfoResponse",
            [
                "graph_id": id, "database_name": .text("kg0123456789abcdef"), "database_size_bytes": .integer, "database_size_mb": .number,
                "node_count": .integer, "relationship_count": .integer, "node_labels": .array(of: .string),
                "relationship_types": .array(of: .string), "created_at": .instant, "last_modified": .instant, "read_only": .boolean,
                "backup_count": .integer, "schema_version": .string.orNull, "last_backup_date": .instant.orNull, "as_of": .instant.orNull,
            ])
    }

    static var health: Schema {
        .object(
            "DatabaseHealthResponse",
            [
                "graph_id": id, "status": .words("healthy", "degraded", "unhealthy", "unknown"),
                "connection_status": .words("connected", "disconnected"),
                "uptime_seconds": .number, "query_count_24h": .integer, "avg_query_time_ms": .number, "error_rate_24h": .number,
                "last_query_time": .instant.orNull, "memory_usage_mb": .number.orNull, "memory_usage_percent": .number.orNull,
                "cpu_usage_percent": .number.orNull, "resource_status": .string.orNull, "storage_usage_mb": .number.orNull,
                "alerts": .array(of: .string), "is_stale": .boolean, "stale_reason": .string.orNull, "stale_since": .instant.orNull,
                "last_materialized_at": .instant.orNull, "hours_since_materialization": .number.orNull,
            ])
    }

    static var member: Schema {
        .object(
            "GraphMemberResponse",
            [
                "user_id": .id("user"), "name": .text("Ada"), "email": .text("ada@example.com"), "role": .words(of: GraphRole.self),
                "source": .words("explicit", "org_role"), "granted_at": .instant.orNull,
            ])
    }

    static func credential(_ name: String) -> Schema {
        .object(
            name,
            [
                "credential_id": .id("gcr"), "graph_id": id, "username": .text("kg0123456789abcdef_1"),
                "mode": .words("rw", "ro"), "label": .string, "created_by": .id("user"), "created_at": .instant,
                "expires_at": .instant.orNull, "revoked_at": .instant.orNull,
            ])
    }

    static var newCredential: Schema {
        credential("NewGraphCredential").with([
            "password": Schema.string.means("Shown once, here."), "connection_string": Schema.string.means("Shown once, here."),
            "host": .text("graphs.example.com"), "port": .integer, "database": .text("kg0123456789abcdef"),
        ])
    }

    private static var copies: Schema {
        .object([
            "max_file_size_gb": .number, "timeout_seconds": .integer, "concurrent_operations": .integer,
            "max_files_per_operation": .integer, "daily_copy_operations": Schema.integer.means("-1 is unlimited."),
        ])
    }

    private static var backups: Schema {
        .object(["max_backup_size_gb": .number, "backup_retention_days": .integer, "max_backups_per_day": .integer])
    }

    static var tier: Schema {
        .object(
            "GraphTierInfo",
            [
                "tier": .text("ladybug-standard"), "name": .text("ladybug-standard"), "display_name": .text("Standard"),
                "description": .string, "backend": .text("postgresql"), "enabled": .boolean, "max_subgraphs": .integer.orNull,
                "monthly_credits": .integer, "api_rate_multiplier": .number, "features": .array(of: .string),
                "instance": .object(["type": .text("shared"), "memory_mb": .integer, "is_multitenant": .boolean]),
                "limits": .object(
                    "GraphTierLimits",
                    ["monthly_credits": .integer, "max_subgraphs": .integer.orNull, "copy_operations": copies, "backup": backups]),
                "monthly_price": .number.orNull,
            ])
    }

    static var limits: Schema {
        .object(
            "GraphLimitsResponse",
            [
                "graph_id": id, "subscription_tier": .text("ladybug-standard"), "graph_tier": .text("ladybug-standard"),
                "is_shared_repository": .boolean,
                "storage": .object(["max_storage_gb": .number, "approaching_limit": .boolean, "current_usage_gb": .number.orNull]),
                "queries": .object([
                    "max_timeout_seconds": .integer, "chunk_size": .integer, "max_rows_per_query": .integer, "concurrent_queries": .integer,
                    "current_sessions": .integer.orNull,
                ]),
                "copy_operations": copies.with(["supported_formats": .array(of: .text("parquet"))]),
                "backups": backups.with(["used_today": .integer, "approaching_limit": .boolean]),
                "rate_limits": .object(["requests_per_minute": .integer, "requests_per_hour": .integer, "burst_capacity": .integer]),
                "credits": Schema.object(["monthly_ai_credits": .integer, "current_balance": .integer]).orNull,
                "documents": Schema.object(["current_count": .integer, "approaching_limit": .boolean, "max_documents": .integer.orNull])
                    .orNull,
                "subgraphs": Schema.object([
                    "current_count": .integer, "approaching_limit": .boolean, "max_allowed": .integer.orNull, "remaining": .integer.orNull,
                ]).orNull,
                "content": Schema.object(["max_rows_per_copy": .integer, "max_single_table_rows": .integer, "chunk_size_rows": .integer])
                    .orNull,
                "instance": Schema.object([
                    "limit_gb": .number, "status": .words("healthy", "approaching", "over_limit"), "node_count": .integer.orNull,
                    "total_storage_gb": .number.orNull, "usage_percentage": .number.orNull,
                    "databases": .array(of: .object(["graph_id": id, "is_parent": .boolean, "size_mb": .number.orNull])),
                    "items": .array(of: .any),
                ]).orNull,
            ])
    }
}
