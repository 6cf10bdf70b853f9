internal import Core
internal import Orgs

/// What an org used over a window; credits are hundredths inside and decimals on the wire.
struct UsageBody: Encodable {
    private let usage: OrgUsage
    private let org: Org.ID
    private let now: Instant

    init(_ usage: OrgUsage, of org: Org.ID, now: Instant) {
        self.usage = usage
        self.org = org
        self.now = now
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(org, forKey: .org)
        try container.encode(usage.dayCount, forKey: .days)
        try container.encode(usage.firstDay.startOfDay, forKey: .start)
        try container.encode(now, forKey: .end)
        let daily = Double(usage.totalCredits) / 100 / Double(max(1, usage.dayCount))
        try container.encode(
            JSONValue.object([
                "total_credits_used": Self.credits(usage.totalCredits), "total_ai_operations": .integer(usage.totalAIOperations),
                "total_storage_gb": Self.gigabytes(usage.totalStorageBytes), "daily_avg_credits": .number(daily),
                "projected_monthly_credits": .number(daily * 30), "credits_limit": nil, "storage_limit_gb": nil,
            ]), forKey: .summary)
        try container.encode(
            usage.graphs.map { item in
                JSONValue.object([
                    "graph_id": .string(item.graph.id), "graph_name": .string(item.graph.name), "credits_used": Self.credits(item.credits),
                    "ai_operations": .integer(item.aiOperations), "storage_gb": Self.gigabytes(item.graph.storageBytes),
                    "credits_available": item.graph.creditsAvailable.map(Self.credits) ?? .null,
                    "credits_allocated": item.graph.creditsAllocated.map(Self.credits) ?? .null,
                ])
            }, forKey: .graphs)
        try container.encode(
            usage.days.map { item in
                JSONValue.object([
                    "date": .string(String(item.day.startOfDay.description.prefix(10))), "credits_used": Self.credits(item.credits),
                ])
            }, forKey: .trend)
    }

    private static func credits(_ hundredths: Int64) -> JSONValue { .number(Double(hundredths) / 100) }

    private static func gigabytes(_ bytes: Int64) -> JSONValue { .number(Double(bytes) / 1_073_741_824) }

    enum CodingKeys: String, CodingKey {
        case summary
        case org = "org_id"
        case days = "period_days"
        case start = "start_date"
        case end = "end_date"
        case graphs = "graph_details"
        case trend = "daily_trend"
    }
}
