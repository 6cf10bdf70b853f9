internal import Core
internal import Cryptography
internal import HTTPServer

/// What tests and operators of the sandbox do to it, under `/_sandbox` and with a token of its own (spec 8.5).
struct ControlRoutes: Sendable {
    let simulator: StripeSimulator
    let clock: ClockControl
    let token: SecretString
    /// The account that is meant when a request names none.
    let defaultKey: String

    func register(on router: inout Router) {
        add(.get, "/_sandbox/clock", &router) { _ in try clockState() }
        add(.post, "/_sandbox/clock", &router) { try await moveClock($0) }
        add(.get, "/_sandbox/faults", &router) { _ in try .json(simulator.withWorld { $0.faults.rules }) }
        add(.post, "/_sandbox/faults", &router) { request in
            let rule = try request.decode(FaultRule.self)
            return try .json(simulator.withWorld { $0.faults.add(rule) }, status: .created)
        }
        add(.delete, "/_sandbox/faults", &router) { _ in
            simulator.withWorld { $0.faults.removeAll() }
            return Response(status: .noContent)
        }
        add(.post, "/_sandbox/quiesce", &router) { try await quiesce($0) }
        add(.get, "/_sandbox/transcript", &router) { _ in
            try .json(JSONValue.array(simulator.withWorld { $0.transcript.entries.map(\.json) }))
        }
        add(.delete, "/_sandbox/transcript", &router) { _ in
            simulator.withWorld { $0.transcript.removeAll() }
            return Response(status: .noContent)
        }
        DeliveryControl(simulator: simulator, defaultKey: defaultKey).register { method, path, handler in
            add(method, path, &router, handler)
        }
        AccountControl(simulator: simulator, defaultKey: defaultKey).register { method, path, handler in add(method, path, &router, handler)
        }
        let state = StateControl(simulator: simulator, defaultKey: defaultKey)
        add(.get, StateControl.path, &router) { try state.save($0) }
        add(.put, StateControl.path, &router, bodyLimit: StateControl.limit) { try state.restore($0) }
    }

    private func add(
        _ method: Method, _ path: String, _ router: inout Router, bodyLimit: Int = Router.defaultBodyLimit,
        _ handler: @escaping Router.Handler
    ) {
        // Years that pass, or a long wait for quiet, take longer than an API may.
        router.add(method, path, bodyLimit: bodyLimit, timeLimit: .seconds(600)) { request in
            let given = request.headers["Authorization"] ?? ""
            guard token.withValue({ !$0.isEmpty && constantTimeEqual(given, "Bearer \($0)") }) else {
                throw Problem(
                    status: .unauthorized, code: "UNAUTHORIZED", detail: "The control interface needs its own token, not an API key.",
                    headers: ["WWW-Authenticate": "Bearer"])
            }
            do {
                return try await handler(request)
            } catch let error as StripeError {
                throw Problem(status: Status(rawValue: error.status), code: "INVALID_INPUT", detail: error.message)
            }
        }
    }

    private func clockState() throws -> Response {
        try .json(
            ["now": .string(simulator.clock.now.description), "next_due": JSONValue(simulator.nextDue?.description)] as JSONValue)
    }

    private struct Move: Decodable {
        var to: Instant?
        var seconds: Int64?
        var followers: [ClockControl.Follower]?

        enum CodingKeys: String, CodingKey {
            case to
            case seconds = "by_seconds"
            case followers
        }
    }

    private func moveClock(_ request: Request) async throws -> Response {
        let move = try request.decode(Move.self)
        if let followers = move.followers { clock.followers = followers }
        let now = simulator.clock.now
        if let target = move.to ?? move.seconds.map({ now + .seconds($0) }) {
            guard target >= now else { throw Problem.invalidField("to", message: "must not lie before the clock's present time, \(now)") }
            try await clock.advance(to: target)
        } else if move.followers == nil {
            throw Problem.invalidField("to", message: "give to or by_seconds", type: "missing")
        }
        return try clockState()
    }

    private struct Quiesce: Decodable {
        var timeoutSeconds: Int64?

        enum CodingKeys: String, CodingKey {
            case timeoutSeconds = "timeout_seconds"
        }
    }

    private func quiesce(_ request: Request) async throws -> Response {
        let seconds = try request.decodeIfPresent(Quiesce.self)?.timeoutSeconds ?? 120
        let isQuiet = await clock.waitUntilQuiet(for: .seconds(min(max(seconds, 0), 120)))
        let counts = simulator.withWorld { world in (waiting: world.deliveries.count(.waiting), held: world.deliveries.count(.held)) }
        return try .json(
            [
                "quiet": .bool(isQuiet), "waiting": .integer(Int64(counts.waiting)), "held": .integer(Int64(counts.held)),
                "next_due": JSONValue(simulator.nextDue?.description),
            ] as JSONValue, status: isQuiet ? .ok : .conflict)
    }
}
