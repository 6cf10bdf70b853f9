internal import Billing
internal import Core
internal import Graphs
internal import RateLimits

/// What is shown of tiers, from Billing's catalogue and the engine's figures (GRA-024, GRA-028).
enum TierBodies {
    /// A tier on sale (GraphTierInfo).
    static func tier(_ tier: GraphTier, plan: Plan, sold: Catalogue.Tier?, memory: Int) -> JSONValue {
        let limits = graphLimits(plan)
        let subgraphs = integer(limits?.subgraphs)
        let credits = JSONValue.integer(Int64(plan.monthlyCredits))
        return [
            "tier": .string(tier.name.rawValue), "name": .string(tier.name.rawValue), "display_name": .string(plan.displayName),
            "description": .string(plan.description), "backend": .string(sold?.backend ?? "postgresql"),
            "enabled": .bool(plan.isOnSale), "max_subgraphs": subgraphs, "monthly_credits": credits,
            "api_rate_multiplier": .number(sold?.apiRateMultiplier ?? tier.rateMultiplier), "features": GraphBodies.texts(plan.features),
            "instance": [
                "type": .string(sold?.instanceType ?? (tier.isShared ? "shared" : "dedicated")), "memory_mb": .integer(Int64(memory)),
                "is_multitenant": .bool(tier.isShared),
            ],
            "limits": [
                "monthly_credits": credits, "max_subgraphs": subgraphs,
                "copy_operations": [
                    "max_file_size_gb": .number(Double(limits?.copyMaxGB ?? tier.copyFileGB)),
                    "timeout_seconds": .integer(Int64(limits?.copyTimeoutSeconds ?? Int(tier.workTimeout.components.seconds))),
                    "concurrent_operations": 1, "max_files_per_operation": 100,
                    "daily_copy_operations": .integer(Int64(limits?.copiesPerDay ?? -1)),
                ],
                "backup": [
                    "max_backup_size_gb": .integer(Int64(limits?.backupMaxGB ?? tier.backupMaximumGB)),
                    "backup_retention_days": .integer(Int64(limits?.backupRetentionDays ?? tier.backupRetentionDays)),
                    "max_backups_per_day": .integer(Int64(limits?.backupsPerDay ?? -1)),
                ],
            ],
            "monthly_price": plan.prices[.monthly].map { .number(Double($0.minorUnits) / 100) } ?? .null,
        ]
    }

    /// Every cap of a graph with its use (GraphLimitsResponse).
    static func limits(
        of graph: Graph, tier: GraphTier, plan: Plan?, pool: CreditPoolView?, facts: GraphFacts?, today: GraphDailyUse
    ) -> JSONValue {
        let caps = plan.flatMap(graphLimits)
        // The cap covers the subgraphs too (GRA-094).
        let bytes = facts.map { $0.bytes + today.subgraphBytes }
        let gigabytes = bytes.map { Double($0) / 1_073_741_824 }
        let cap = Double(caps?.storageCapGB ?? tier.storageCapGB)
        let share = gigabytes.map { $0 / cap }
        // In whole numbers, so that a share of exactly 80 % is one.
        let isNear = bytes.map { Double($0) * 100 >= cap * 1_073_741_824 * 80 } ?? false
        let perMinute = Int64(PlanPolicy.graphRead[PlanColumn(tier: tier.name.rawValue)].limit)
        let copies = Int64(caps?.copiesPerDay ?? -1)
        return [
            "graph_id": .string(graph.id.description), "subscription_tier": .string(tier.name.rawValue),
            "graph_tier": .string(tier.name.rawValue), "is_shared_repository": false,
            "storage": [
                "max_storage_gb": .number(cap), "approaching_limit": .bool(isNear),
                "current_usage_gb": gigabytes.map { .number($0) } ?? .null,
            ],
            "queries": [
                "max_timeout_seconds": .integer(tier.statementTimeout.components.seconds), "chunk_size": 1_000,
                "max_rows_per_query": 10_000, "concurrent_queries": .integer(Int64(tier.connections)),
                "current_sessions": facts.map { .integer(Int64($0.sessions)) } ?? .null,
            ],
            "copy_operations": [
                "max_file_size_gb": .number(Double(caps?.copyMaxGB ?? tier.copyFileGB)),
                "timeout_seconds": .integer(Int64(caps?.copyTimeoutSeconds ?? Int(tier.workTimeout.components.seconds))),
                "concurrent_operations": 1, "max_files_per_operation": 100, "daily_copy_operations": .integer(copies),
                "supported_formats": ["parquet", "csv", "json", "delta", "iceberg"],
            ],
            "backups": [
                "max_backup_size_gb": .number(Double(caps?.backupMaxGB ?? tier.backupMaximumGB)),
                "backup_retention_days": .integer(Int64(caps?.backupRetentionDays ?? tier.backupRetentionDays)),
                "max_backups_per_day": .integer(Int64(caps?.backupsPerDay ?? -1)), "used_today": .integer(Int64(today.backups)),
                "approaching_limit": .bool(caps?.backupsPerDay.map { approaches(today.backups, $0) } ?? false),
            ],
            "rate_limits": [
                "requests_per_minute": .integer(perMinute), "requests_per_hour": .integer(perMinute * 60),
                "burst_capacity": .integer(perMinute),
            ],
            "credits": pool.map {
                [
                    "monthly_ai_credits": .integer($0.pool.allocation.hundredths / 100),
                    "current_balance": .integer($0.pool.balance.hundredths / 100),
                ]
            } ?? .null,
            "documents": ["current_count": 0, "approaching_limit": false, "max_documents": integer(caps?.documents)],
            "subgraphs": [
                "current_count": .integer(Int64(today.subgraphs)),
                "approaching_limit": .bool(caps?.subgraphs.map { approaches(today.subgraphs, $0) } ?? false),
                "max_allowed": integer(caps?.subgraphs),
                "remaining": integer(caps?.subgraphs.map { max(0, $0 - today.subgraphs) }),
            ],
            "content": [
                "max_rows_per_copy": .integer(Int64(caps?.rowsPerCopy ?? tier.copyRows)),
                "max_single_table_rows": .integer(Int64(caps?.rowsPerCopy ?? tier.copyRows)), "chunk_size_rows": 10_000,
            ],
            "instance": [
                "limit_gb": .number(cap), "status": (share ?? 0) > 1 ? "over_limit" : isNear ? "approaching" : "healthy",
                "node_count": facts.map { .integer($0.nodes.values.reduce(0, +)) } ?? .null,
                "total_storage_gb": gigabytes.map { .number($0) } ?? .null, "usage_percentage": share.map { .number($0 * 100) } ?? .null,
                "databases": [
                    [
                        "graph_id": .string(graph.id.description), "is_parent": true,
                        "size_mb": facts.map { .number(Double($0.bytes) / 1_048_576) } ?? .null,
                    ]
                ],
                "items": facts.map { [["type": "graph", "id": .string(graph.id.description), "bytes": .integer($0.bytes)]] } ?? [],
            ],
        ]
    }

    /// Whether a count has come to four fifths of its cap.
    private static func approaches(_ count: Int, _ cap: Int) -> Bool { count * 5 >= cap * 4 }

    private static func graphLimits(_ plan: Plan) -> GraphPlanLimits? {
        if case .graph(let limits) = plan.limits { limits } else { nil }
    }

    private static func integer(_ value: Int?) -> JSONValue {
        value.map { .integer(Int64($0)) } ?? .null
    }
}
