internal import Audit
internal import Core
internal import Cryptography
internal import HTTPServer
internal import Jobs
internal import JobsPostgres
internal import Observability

/// The movable clock over HTTP; the routes exist in the sandbox mode only, and only where a control token was given (OPS-090).
struct SandboxRoutes: Sendable {
    private let moves: ClockMoves
    private let clock: SandboxClock
    private let token: SecretString

    /// `nil` where the clock cannot be moved.
    init?(_ product: Product) throws {
        guard let moves = try ClockMoves(product), let clock = product.foundations.sandboxClock,
            let token = product.foundations.configuration.sandboxControlToken
        else { return nil }
        (self.moves, self.clock, self.token) = (moves, clock, token)
    }

    func register(on router: inout Router) {
        router.describe("Sandbox") { Self.descriptions }
        router.add(.get, "/v1/sandbox/clock", operation: "get_sandbox_clock") { request in
            try authorize(request)
            return try .json(
                ["now": .string(clock.now.description), "generation": .integer(clock.generation)] as JSONValue)
        }
        // Months of renewals may be done on the way.
        router.add(.post, "/v1/sandbox/clock", operation: "advance_sandbox_clock", timeLimit: .seconds(600)) { request in
            try authorize(request)
            return try await advance(request)
        }
    }

    private static var descriptions: [RouteDescription] {
        let access = RouteAccess(
            "Whoever holds the control token; the routes are there in the sandbox mode only.",
            schemes: [.init("sandbox_control", ["type": "http", "scheme": "bearer"])], refusals: [Unauthorized()])
        let outcome = Schema.object(["kind": .string, "outcome": .string, "count": .integer])
        return [
            RouteDescription("get_sandbox_clock", "Tells the time of the sandbox.", for: access)
                .answers(.ok, "The time.", .object("SandboxClock", ["now": .instant, "generation": .integer])),
            RouteDescription(
                "advance_sandbox_clock", "Moves the time of the sandbox forward, and does what falls due on the way.", for: access
            )
            .noting(
                "Either `advance_to` or `advance_by_seconds`, at most ten years. With `mode` `jump` the time is set at once and what fell due is done afterwards, as after an outage; with `run` it goes to the next due instant and with `drain` nowhere, both without a target; with `stop_on_failure` the move ends at the first job that is given up. The work of one instant has `patience_seconds` to end, 60 unless told and at most 540."
            ).takes(Schema(decoding: Move.self))
            .answers(
                .ok, "What was done.",
                .object(
                    "SandboxClockMove",
                    ["from": .instant, "to": .instant, "visited": .array(of: .instant), "stopped": .boolean, "jobs": .array(of: outcome)])
            )
            .refuses(Self.problem(.underWay)).refuses(Self.problem(.neverIdle(at: Instant(secondsSinceEpoch: 1_769_853_600)))),
        ]
    }

    /// Without the token, or with another one.
    private struct Unauthorized: ProblemConvertible {
        var problem: Problem {
            Problem(
                status: .unauthorized, code: "UNAUTHORIZED", detail: "The sandbox's clock needs the control token.",
                headers: ["WWW-Authenticate": "Bearer"])
        }
    }

    private struct Move: Decodable {
        let target: Instant?
        let seconds: Int64?
        let mode: Mode?
        let stopsAtFailure: Bool?
        let patience: Int64?

        /// How the clock gets there.
        enum Mode: String, Decodable, CaseIterable {
            /// From one due instant to the next.
            case step
            /// At once; what fell due meanwhile is done afterwards, as after an outage.
            case jump
            /// To the next due instant.
            case run
            /// Nowhere: what is due is done.
            case drain
        }

        enum CodingKeys: String, CodingKey {
            case mode
            case stopsAtFailure = "stop_on_failure"
            case patience = "patience_seconds"
            case target = "advance_to"
            case seconds = "advance_by_seconds"
        }
    }

    private func advance(_ request: Request) async throws -> Response {
        let move = try request.decode(Move.self)
        let limit: Int64 = 315_360_000
        if let seconds = move.seconds, !(1...limit).contains(seconds) {
            throw Problem.invalidField("advance_by_seconds", message: "must be from 1 to \(limit), which is ten years")
        }
        let patience = move.patience ?? 60
        guard (1...540).contains(patience) else { throw Problem.invalidField("patience_seconds", message: "must be from 1 to 540") }
        let order = try order(move)
        do {
            return try .json(
                await moves.carryOut(order, stopsAtFailure: move.stopsAtFailure ?? false, patience: .seconds(patience)))
        } catch let error as ClockError {
            throw Self.problem(error)
        } catch let error as ClockMoves.NothingDue {
            throw Problem.invalidField("mode", message: error.description)
        }
    }

    private func order(_ move: Move) throws -> ClockMoves.Order {
        let target = move.target ?? move.seconds.map { clock.now + .seconds($0) }
        let isOne = target != nil && (move.target == nil || move.seconds == nil)
        switch move.mode ?? .step {
        case .run, .drain:
            guard target == nil else { throw Problem.invalidField("mode", message: "goes without advance_to and advance_by_seconds") }
            return move.mode == .run ? .run : .drain
        case .step, .jump:
            guard let target, isOne else {
                throw Problem.invalidField("advance_to", message: "give either advance_to or advance_by_seconds", type: "missing")
            }
            return move.mode == .jump ? .jump(to: target) : .advance(to: target)
        }
    }

    private static func problem(_ error: ClockError) -> Problem {
        switch error {
        case .notForward, .tooFar: .invalidField("advance_to", message: error.description)
        case .underWay: Problem(status: .conflict, code: "CLOCK_BUSY", detail: "The clock is being moved already.")
        case .neverIdle:
            Problem(status: .serviceUnavailable, code: "CLOCK_BUSY", detail: error.description, headers: ["Retry-After": "5"])
        }
    }

    private func authorize(_ request: Request) throws {
        let given = request.headers["Authorization"] ?? ""
        guard token.withValue({ !$0.isEmpty && constantTimeEqual(given, "Bearer \($0)") }) else {
            throw Unauthorized()
        }
    }
}
