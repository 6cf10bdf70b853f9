import Billing
import Core
import Graphs
import Identity
import Operations
import Orgs
import Testing

let now = Instant("2026-03-01T10:00:00Z") ?? Instant(secondsSinceEpoch: 0)
let someOrg = Org.ID(high: 1, low: 1)
let someUser = User.ID(high: 2, low: 2)

extension Graph {
    static func fixture(
        status: Status = .active, mode: EngineMode = .full, epoch: Int64 = 1, purgeAt: Instant? = nil, isDeleteProtected: Bool = false,
        id: GraphID = .make()
    ) -> Graph {
        Graph(
            id: id, org: someOrg, kind: .generic, createdBy: someUser, createdAt: now, provisioning: .make(at: now), name: "Ledger",
            description: "", tags: [], extensions: [], customSchema: nil, initialEntity: nil, tier: .standard, subscription: .make(at: now),
            host: status == .provisioning ? nil : .make(at: now), status: status, statusSince: now, statusReason: nil,
            mode: status == .active ? mode : .none, accessEpoch: epoch, purgeAt: purgeAt, isDeleteProtected: isDeleteProtected)
    }
}

extension Subscription {
    static func fixture(
        _ status: Status, periodEnd: Instant? = now + .days(10), endsAt: Instant? = nil, cancellation: Cancellation? = nil
    ) throws -> Subscription {
        var subscription = Subscription(
            id: .make(at: now), org: someOrg, resourceType: .graph, subscriber: nil, requestedBy: someUser,
            plan: PlanReference(key: .graph("ladybug-standard"), version: 1), interval: .monthly, configuration: .null, at: now)
        subscription.status = status
        subscription.startedAt = now
        subscription.currentPeriod = periodEnd.flatMap { Period(start: now - .days(20), end: $0) }
        subscription.endsAt = endsAt
        subscription.cancellation = cancellation
        return subscription
    }
}
