internal import Admin
internal import Core
internal import Orgs

/// The bodies about orgs as JSON: money in minor units, `null` for unlimited.
struct OrgPageBody: Encodable {
    let page: Page<OrgSummary>

    init(_ page: Page<OrgSummary>) {
        self.page = page
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(
            JSONValue.object([
                "orgs": .array(page.elements.map { .object($0.fields) }), "next_cursor": page.next.map { .string($0.description) } ?? .null,
            ]))
    }
}

struct OrgDetailBody: Encodable {
    let detail: InspectedOrg

    init(_ detail: InspectedOrg) {
        self.detail = detail
    }

    func encode(to encoder: any Encoder) throws {
        var members = detail.summary.fields
        members["frozen_reason"] = detail.frozenReason.map { .string($0) } ?? .null
        members["purge_at"] = detail.purgeAt.map { .string($0.description) } ?? .null
        members["limits"] = [
            "max_graphs": detail.limits.maxGraphs.value, "max_members": detail.limits.maxMembers.value,
            "graphs_held": .integer(Int64(detail.limits.graphsHeld)), "graphs_reserved": .integer(Int64(detail.limits.graphsReserved)),
            "source": .string(detail.limitSource),
        ]
        members["member_list"] = .array(
            detail.members.map {
                ["user_id": .string($0.user.description), "role": .string($0.role), "joined_at": .string($0.joinedAt.description)]
            })
        members["subscriptions"] = .array(
            detail.sales.map {
                [
                    "id": .string($0.id.description), "plan": .string($0.plan), "status": .string($0.status),
                    "period_end": $0.periodEnd.map { .string($0.description) } ?? .null,
                    "ends_at": $0.endsAt.map { .string($0.description) } ?? .null,
                ]
            })
        members["graph_list"] = .array(
            detail.graphs.map { ["id": .string($0.id), "tier": .string($0.tier), "status": .string($0.status)] })
        members["billing"] =
            detail.paymentTerms.map { ["invoice_billing": .bool($0.isByInvoice), "payment_terms": .string($0.terms)] } ?? .null
        members["credits"] = .object(detail.credits.mapValues { .integer($0) })
        members["open_drift"] = .integer(Int64(detail.openDrift))
        var container = encoder.singleValueContainer()
        try container.encode(JSONValue.object(members))
    }
}

extension OrgSummary {
    fileprivate var fields: [String: JSONValue] {
        [
            "id": .string(id.description), "name": name.map { .string($0) } ?? .null, "type": .string(type), "status": .string(state),
            "created_at": .string(createdAt.description), "members": .integer(Int64(members)), "graphs": .integer(Int64(graphs)),
            "past_due": .bool(isPastDue),
        ]
    }
}

extension Limit {
    fileprivate var value: JSONValue { number.map { .integer(Int64($0)) } ?? .null }
}
