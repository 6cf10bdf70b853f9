internal import Core
internal import HTTPServer

/// Lists deliveries and changes their course (STR-181).
struct DeliveryControl: Sendable {
    let simulator: StripeSimulator
    let defaultKey: String

    func register(_ add: (Method, String, @escaping Router.Handler) -> Void) {
        add(.get, "/_sandbox/deliveries") { try list($0) }
        add(.post, "/_sandbox/deliveries") { try change($0) }
    }

    private func list(_ request: Request) throws -> Response {
        let (event, state, type) = (request.query["event"], request.query["state"], request.query["type"])
        let deliveries = simulator.withWorld { world in
            world.deliveries.deliveries.values.filter { delivery in
                (event == nil || delivery.event == event) && (state == nil || delivery.state.rawValue == state)
                    && (type.map { Account.matches(delivery.type, $0) } ?? true)
            }
        }
        return try .json(JSONValue.array(deliveries.sorted { $0.id < $1.id }.map(\.json)))
    }

    /// One order to the delivery of events.
    private struct Order: Decodable {
        enum Action: String, Decodable {
            case policy, rule, release, resend, reset
        }

        var action: Action
        var order: DeliveryPolicy.Order?
        var copies: Int?
        var hold: Bool?
        var seed: UInt64?
        var type: String?
        var effect: DeliveryRule.Action?
        var seconds: Int64?
        var times: Int?
        var signature: SignatureForm?
        var count: Int?
        var event: String?
        var endpoint: String?
        var account: String?

        enum CodingKeys: String, CodingKey {
            case action, order, copies, hold, seed, type, seconds, times, signature, count, event, endpoint, account
            case effect = "do"
        }
    }

    private func change(_ request: Request) throws -> Response {
        let order = try request.decode(Order.self)
        defer { simulator.changes.notify() }
        switch order.action {
        case .policy: return try setPolicy(order)
        case .rule: return try addRule(order)
        case .release:
            let now = simulator.clock.now
            let count = simulator.withWorld { $0.deliveries.release(order: order.order ?? .natural, seed: order.seed ?? 1, at: now) }
            return try .json(["released": .integer(Int64(count))] as JSONValue)
        case .resend:
            guard let event = order.event else { throw Problem.invalidField("event", message: "is missing", type: "missing") }
            guard (1...100).contains(order.times ?? 1) else { throw Problem.invalidField("times", message: "must be from 1 to 100") }
            let count = try simulator.resend(
                event, account: order.account ?? defaultKey, endpoint: order.endpoint, times: order.times ?? 1,
                signature: order.signature ?? .valid)
            return try .json(["queued": .integer(Int64(count))] as JSONValue)
        case .reset:
            simulator.withWorld { world in
                world.deliveries.policy = DeliveryPolicy()
                world.deliveries.rules = []
            }
            return Response(status: .noContent)
        }
    }

    private func setPolicy(_ order: Order) throws -> Response {
        guard (1...20).contains(order.copies ?? 1) else { throw Problem.invalidField("copies", message: "must be from 1 to 20") }
        let policy = simulator.withWorld { world in
            if let value = order.order { world.deliveries.policy.order = value }
            if let value = order.copies { world.deliveries.policy.copies = value }
            if let value = order.hold { world.deliveries.policy.isHolding = value }
            if let value = order.seed { world.deliveries.policy.seed = value }
            return world.deliveries.policy
        }
        return try .json(policy)
    }

    private func addRule(_ order: Order) throws -> Response {
        guard let type = order.type else { throw Problem.invalidField("type", message: "is missing", type: "missing") }
        guard let effect = order.effect else { throw Problem.invalidField("do", message: "is missing", type: "missing") }
        let rule = DeliveryRule(
            type: type, action: effect, seconds: order.seconds, times: order.times, signature: order.signature, count: order.count)
        simulator.withWorld { $0.deliveries.rules.append(rule) }
        return try .json(rule, status: .created)
    }
}
