internal import Core
internal import HTTPClient
internal import JobsPostgres

/// The payment provider's simulator as something that lives in the same time as the product.
struct Simulator: ClockFollower {
    let transport: any HTTPTransport
    let base: String
    let token: SecretString

    private struct State: Decodable {
        let nextDue: Instant?

        enum CodingKeys: String, CodingKey {
            case nextDue = "next_due"
        }
    }

    func nextDueInstant(after instant: Instant, notAfter limit: Instant) async throws -> Instant? {
        let answer = try await call("GET", "/_sandbox/clock")
        guard let due = try JSON.decode(State.self, from: answer.body).nextDue, due <= limit else { return nil }
        return max(due, instant + .microseconds(1))
    }

    func move(to instant: Instant) async throws {
        // The simulator's clock runs as well: where it is a little ahead already, it stays there.
        let answer = try await call("POST", "/_sandbox/clock", ["to": .string(instant.description)], allowing: [422])
        _ = answer
    }

    func isQuiet() async throws -> Bool {
        try await call("POST", "/_sandbox/quiesce", ["timeout_seconds": 0], allowing: [409]).status == 200
    }

    private func call(
        _ method: String, _ path: String, _ body: JSONValue? = nil, allowing statuses: Set<Int> = []
    ) async throws -> ClientResponse {
        var request = ClientRequest(method, base + path, timeout: .seconds(120))
        token.withValue { request.headers["Authorization"] = "Bearer " + $0 }
        if let body {
            request.headers["Content-Type"] = "application/json"
            request.body = try JSON.encode(body)
        }
        let answer = try await transport.send(request)
        guard answer.status < 300 || statuses.contains(answer.status) else {
            throw SimulatorFailure(path: path, status: answer.status)
        }
        return answer
    }
}

/// The simulator did not do what it was asked for.
struct SimulatorFailure: Error, Hashable, Sendable, CustomStringConvertible {
    let path: String
    let status: Int

    var description: String { "the payment simulator answered \(status) on \(path)" }
}
