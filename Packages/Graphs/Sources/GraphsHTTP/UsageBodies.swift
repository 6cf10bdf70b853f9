internal import Billing
internal import Core
internal import Graphs

/// What is shown of use (GraphUsageResponse, GRA-030).
enum UsageBodies {
    /// Parts that were not asked for are null, events an empty list.
    static func usage(_ graph: Graph, _ usage: GraphUsage, over range: UsageRange, now: Instant) -> JSONValue {
        let tier = JSONValue.string(graph.tier.rawValue)
        return [
            "graph_id": .string(graph.id.description), "time_range": .string(range.rawValue), "timestamp": .string(now.description),
            "storage_summary": usage.storage.map { storage($0, tier) } ?? .null,
            "credit_summary": usage.credits.map { credits($0, tier) } ?? .null,
            "performance_insights": usage.work.map { performance($0, usage.span) } ?? .null,
            "recent_events": .array((usage.events ?? []).map(event)),
        ]
    }

    private static func storage(_ use: StorageUse, _ tier: JSONValue) -> JSONValue {
        [
            "graph_tier": tier, "avg_storage_gb": gigabytes(use.average), "max_storage_gb": gigabytes(Double(use.maximum)),
            "min_storage_gb": gigabytes(Double(use.minimum)), "measurement_count": .integer(Int64(use.measures)),
        ]
    }

    private static func credits(_ use: CreditsSpent, _ tier: JSONValue) -> JSONValue {
        let kinds = use.kinds.map { kind in
            (
                kind.name,
                ["count": .integer(Int64(kind.count)), "credits": .number(kind.credits.number)] as JSONValue
            )
        }
        let (all, free) = (use.kinds.reduce(0) { $0 + $1.count }, use.kinds.reduce(0) { $0 + $1.free })
        return [
            "graph_tier": tier, "total_credits_consumed": .number(use.total.number),
            // Nothing multiplies a price: what was spent is what it costs.
            "total_base_cost": .number(use.total.number),
            "operation_breakdown": .object(Dictionary(kinds) { first, _ in first }), "cached_operations": .integer(Int64(free)),
            "billable_operations": .integer(Int64(all - free)), "transaction_count": .integer(Int64(use.lines)),
        ]
    }

    private static func performance(_ work: [WorkUse], _ span: Range<Instant>) -> JSONValue {
        let stats = work.map { kind in
            (
                kind.kind,
                [
                    "count": .integer(Int64(kind.ended)), "failed": .integer(Int64(kind.failed)),
                    "avg_seconds": .number(kind.averageSeconds), "max_seconds": .number(kind.maximumSeconds),
                ] as JSONValue
            )
        }
        let (ended, failed) = (work.reduce(0) { $0 + $1.ended }, work.reduce(0) { $0 + $1.failed })
        let days = (span.upperBound - span.lowerBound).components.seconds
        return [
            "analysis_period_days": .integer((days + 86_399) / 86_400), "total_operations": .integer(Int64(ended)),
            // Statements of tenants go to the engine directly, which keeps none of them.
            "operation_stats": .object(Dictionary(stats) { first, _ in first }), "slow_queries": [],
            "performance_score": .integer(ended == 0 ? 100 : Int64(100 * (ended - failed) / ended)),
        ]
    }

    private static func event(_ event: UsageEvent) -> JSONValue {
        let at = JSONValue.string(event.at.description)
        return switch event {
        case .storage(let size):
            ["type": "storage", "timestamp": at, "storage_bytes": .integer(size.bytes), "storage_gb": gigabytes(Double(size.bytes))]
        case .credits(_, let kind, let operation, let amount, let description):
            [
                "type": .string(kind), "timestamp": at, "operation_type": operation.map { .string($0) } ?? .null,
                "credits": .number(amount.number), "description": .string(description),
            ]
        }
    }

    private static func gigabytes(_ bytes: Double) -> JSONValue { .number(bytes / 1_073_741_824) }
}
