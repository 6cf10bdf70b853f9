internal import Core
internal import Identity
internal import Jobs
public import Orgs

/// Turns orders to end an org's subscriptions before its deletion into operations (ORG-090).
public struct OrgTeardowns<Transaction: OperationTransaction>: OrgTeardownOrdering {
    private let endings: any OrgObligationEnding<Transaction>

    /// Makes it.
    ///
    /// - Parameter endings: who knows what an org pays for.
    public init(endings: any OrgObligationEnding<Transaction>) {
        self.endings = endings
    }

    /// Accepts an operation with one step for each thing that ends and a last one for the org, and sends a worker to it.
    ///
    /// - Throws: ``OperationError/exclusiveOperationRunning(_:)`` while there is one.
    public func order(_ teardown: OrgTeardown, in transaction: Transaction) async throws -> (operation: String, count: Int) {
        let obligations = try await endings.obligations(of: teardown.org, in: transaction)
        let plan = OrgTeardownPlan(
            obligations: obligations.map(\.id), reason: teardown.reason, forfeitsBalance: teardown.forfeitsBalance)
        let operation = try await transaction.accept(
            NewOperation(
                kind: .orgTeardown, org: teardown.org, graph: nil, startedBy: teardown.owner, message: "Ending subscriptions",
                steps: obligations.map { "End \($0.name)" } + ["Delete the org"], result: plan.json),
            id: .make(at: teardown.at), at: teardown.at)
        try await transaction.enqueue(TearDownOrg(operation: operation.id), .init(uniqueKey: operation.id.description))
        return (operation.id.description, obligations.count)
    }
}

/// What an operation that ends an org's subscriptions has to know beside its steps: kept as what is known of its outcome.
struct OrgTeardownPlan {
    /// What ends, in the order of the steps.
    let obligations: [String]
    let reason: String?
    let forfeitsBalance: Bool

    init(obligations: [String], reason: String?, forfeitsBalance: Bool) {
        self.obligations = obligations
        self.reason = reason
        self.forfeitsBalance = forfeitsBalance
    }

    init(_ json: JSONValue) {
        obligations = json["subscriptions"]?.arrayValue?.compactMap(\.stringValue) ?? []
        reason = json["reason"]?.stringValue
        forfeitsBalance = json["forfeit_balance"] == true
    }

    var json: JSONValue {
        [
            "subscriptions": .array(obligations.map { .string($0) }), "reason": reason.map { .string($0) } ?? .null,
            "forfeit_balance": .bool(forfeitsBalance),
        ]
    }
}
