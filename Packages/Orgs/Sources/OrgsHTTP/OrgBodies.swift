internal import Core
internal import HTTPServer
internal import Identity
internal import Orgs

struct CreateOrgBody: Decodable {
    let name: String
    let orgType: OrgType?
    let makeDefault: Bool?

    enum CodingKeys: String, CodingKey {
        case name
        case orgType = "org_type"
        case makeDefault = "make_default"
    }
}

struct UpdateOrgBody: Decodable {
    let name: String?
    let orgType: OrgType?

    enum CodingKeys: String, CodingKey {
        case name
        case orgType = "org_type"
    }

    func changes() throws -> OrgChanges {
        OrgChanges(name: try name.map(orgName), type: orgType)
    }
}

struct UpdateMemberRoleBody: Decodable {
    let role: OrgRole
}

func orgName(_ text: String) throws -> OrgName {
    guard let name = OrgName(text) else {
        throw Problem.invalidField("name", message: "must have 1 to 100 characters, no control characters and no link")
    }
    return name
}

extension JSONValue {
    static func text(_ value: (some CustomStringConvertible)?) -> JSONValue {
        value.map { .string($0.description) } ?? .null
    }

    static func count(_ value: Int?) -> JSONValue {
        value.map { .integer(Int64($0)) } ?? .null
    }
}

extension OrgOverview {
    /// `OrgResponse` of the wire contract.
    var body: JSONValue {
        [
            "id": .text(org.id), "name": .text(org.name), "org_type": .string(org.type.rawValue), "role": .string(role.rawValue),
            "member_count": .count(memberCount), "graph_count": .count(graphCount), "created_at": .text(org.createdAt),
            "joined_at": .text(joinedAt), "is_default": .bool(isDefault), "state": .string(org.state.rawValue),
            "purge_at": .text(org.purgeAt),
        ]
    }
}

extension Member {
    /// `OrgMemberResponse` of the wire contract.
    var body: JSONValue {
        [
            "user_id": .text(user), "name": .string(name), "email": .string(email), "role": .string(role.rawValue),
            "joined_at": .text(joinedAt), "is_active": .bool(isActive),
        ]
    }
}

extension OrgGraph {
    var body: JSONValue {
        [
            "graph_id": .string(id), "graph_name": .string(name), "graph_type": .string(type), "graph_tier": .string(tier),
            "credits_available": creditsAvailable.map { .number($0) } ?? .null, "credits_used": creditsUsed.map { .number($0) } ?? .null,
            "created_at": .text(createdAt), "updated_at": .text(updatedAt),
        ]
    }
}

extension OrgDetail {
    /// `OrgDetailResponse` of the wire contract, with the version as ETag.
    func response(status: Status = .ok) throws -> Response {
        let body: JSONValue = [
            "id": .text(org.id), "name": .text(org.name), "org_type": .string(org.type.rawValue), "user_role": .string(role.rawValue),
            "members": .array(members.map(\.body)), "graphs": .array(graphs.map(\.body)),
            "limits": ["max_graphs": limits.publishedMaxGraphs], "created_at": .text(org.createdAt), "updated_at": .text(org.updatedAt),
            "state": .string(org.state.rawValue),
        ]
        return try .json(body, status: status, headers: ["ETag": "\"\(org.version)\""])
    }
}

extension OrgLimits {
    /// The published field is a number: unlimited is −1 there, and nowhere else (ORG-071).
    var publishedMaxGraphs: JSONValue { .integer(Int64(maxGraphs.number ?? -1)) }

    /// `OrgLimitsResponse` of the wire contract.
    var body: JSONValue {
        [
            "org_id": .text(org), "max_graphs": publishedMaxGraphs,
            "current_usage": [
                "graphs": [
                    "current": .count(graphsHeld), "reserved": .count(graphsReserved), "limit": .count(maxGraphs.number),
                    "remaining": .count(maxGraphs.remaining(beside: graphsHeld + graphsReserved)),
                    "unlimited": .bool(maxGraphs == .unlimited),
                ]
            ],
            "warnings": .array(warnings.map { .string($0) }), "can_create_graph": .bool(canCreateGraph),
        ]
    }
}

extension OrgUsage {
    /// `OrgUsageResponse` of the wire contract; numbers are decimals of two places, rounded half up.
    func body(of org: Org.ID, at now: Instant) -> JSONValue {
        [
            "org_id": .text(org), "period_days": .count(dayCount), "start_date": .text(firstDay.startOfDay), "end_date": .text(now),
            "summary": [
                "total_credits_used": Self.decimal(totalCredits, over: 100), "total_ai_operations": .integer(totalAIOperations),
                "total_storage_gb": Self.gigabytes(totalStorageBytes),
                "daily_avg_credits": Self.decimal(totalCredits, over: 100 * Int64(dayCount)),
                "projected_monthly_credits": Self.decimal(totalCredits * 30, over: 100 * Int64(dayCount)),
                "credits_limit": nil, "storage_limit_gb": nil,
            ],
            "graph_details": .array(graphs.map { $0.body }),
            "daily_trend": .array(
                days.map { day in
                    ["date": .string(day.day.wireForm), "credits_used": Self.decimal(day.credits, over: 100)]
                }),
            "repository_seats": [],
        ]
    }

    /// A quotient in hundredths, rounded half up before it becomes a number.
    static func decimal(_ value: Int64, over divisor: Int64) -> JSONValue {
        let hundredths = (value * 100 + divisor / 2) / divisor
        return .number(Double(hundredths) / 100)
    }

    static func gigabytes(_ bytes: Int64) -> JSONValue {
        decimal(bytes / 10_000, over: 100_000)
    }
}

extension OrgUsage.GraphUsage {
    fileprivate var body: JSONValue {
        [
            "graph_id": .string(graph.id), "graph_name": .string(graph.name), "credits_used": OrgUsage.decimal(credits, over: 100),
            "ai_operations": .integer(aiOperations), "storage_gb": OrgUsage.gigabytes(graph.storageBytes),
            "credits_available": graph.creditsAvailable.map { OrgUsage.decimal($0, over: 100) } ?? .null,
            "credits_allocated": graph.creditsAllocated.map { OrgUsage.decimal($0, over: 100) } ?? .null, "ended": .bool(graph.hasEnded),
        ]
    }
}

extension CalendarDate {
    fileprivate var wireForm: String {
        String(startOfDay.description.prefix(10))
    }
}
