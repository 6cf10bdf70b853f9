internal import Billing
internal import Core
internal import Identity
internal import Orgs
internal import Postgres

extension CreditPool {
    static let columns: Statement = """
        p.id, p.org_id, p.subscription_id, p.resource_id, p.subscriber_id, p.balance, p.allocation, p.anchor, p.window_start, p.window_end,
        p.allocated_at, p.closed_at, p.created_at
        """

    init(row: Row) throws {
        guard let resource = ResourceID(try row.decode("resource_id", as: String.self)) else {
            throw row["resource_id"].failure("is no id")
        }
        guard let window = try row.period("window_start", "window_end") else { throw row["window_end"].failure("is no window") }
        self.init(
            id: try row.decode("id"), org: try row.decode("org_id"), subscription: try row.decode("subscription_id"), resource: resource,
            subscriber: try row.decode("subscriber_id"), balance: AICredits(hundredths: try row.decode("balance")),
            allocation: AICredits(hundredths: try row.decode("allocation")), anchor: try row.decode("anchor"), window: window,
            allocatedAt: try row.decode("allocated_at"), closedAt: try row.decode("closed_at"), createdAt: try row.decode("created_at"))
    }
}

extension CreditTransaction {
    static let columns: Statement = """
        t.id, t.pool_id, t.type, t.amount, t.balance_after, t.key, t.operation_type, t.operation_id, t.description, t.user_id, t.request_id,
        t.created_at
        """

    init(row: Row) throws {
        self.init(
            id: try row.decode("id"), pool: try row.decode("pool_id"), kind: try row.word("type"),
            amount: AICredits(hundredths: try row.decode("amount")), balanceAfter: AICredits(hundredths: try row.decode("balance_after")),
            key: try row.decode("key"), operationType: try row.decode("operation_type"), operation: try row.decode("operation_id"),
            description: try row.decode("description"), user: try row.decode("user_id"), request: try row.decode("request_id"),
            createdAt: try row.decode("created_at"))
    }
}
