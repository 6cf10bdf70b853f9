internal import Billing
internal import Core
internal import Graphs

extension TierBodies {
    /// Every cap of a seat at a shared repository: it reads what others load, so it has neither copies, backups, credits nor contents of its own.
    /// What is without limit is -1 where the model knows no null.
    static func limits(of seat: RepositoryForUser, plan: Plan?) -> JSONValue {
        let limits: RepositoryPlanLimits? = if case .repository(let limits)? = plan?.limits { limits } else { nil }
        func rate(_ number: Int?) -> JSONValue { .integer(Int64(number ?? -1)) }
        return [
            "graph_id": .string(seat.repository.id.description), "subscription_tier": .string(seat.plan), "graph_tier": "ladybug-shared",
            "is_shared_repository": true, "storage": ["max_storage_gb": -1, "approaching_limit": false, "current_usage_gb": nil],
            "queries": [
                "max_timeout_seconds": 30, "chunk_size": 1_000, "max_rows_per_query": 10_000, "concurrent_queries": 1,
                "current_sessions": nil,
            ],
            "copy_operations": [
                "max_file_size_gb": 0, "timeout_seconds": 0, "concurrent_operations": 0, "max_files_per_operation": 0,
                "daily_copy_operations": 0, "supported_formats": [],
            ],
            "backups": [
                "max_backup_size_gb": 0, "backup_retention_days": 0, "max_backups_per_day": 0, "used_today": 0, "approaching_limit": false,
            ],
            "rate_limits": [
                "requests_per_minute": rate(limits?.queries.perMinute), "requests_per_hour": rate(limits?.queries.perHour),
                "burst_capacity": rate(limits?.queries.perMinute),
            ],
            "credits": nil, "documents": nil, "subgraphs": nil, "content": nil, "instance": nil,
        ]
    }
}
