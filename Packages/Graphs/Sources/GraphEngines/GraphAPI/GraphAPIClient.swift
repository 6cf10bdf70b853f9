internal import Core
internal import Graphs
internal import HTTPClient

/// Calls of one host of the graph API (GRA-119).
struct GraphAPIClient: Sendable {
    /// How often a call that can be repeated is sent again.
    static let retries = 2

    let host: GraphAPIHost
    let transport: any StreamingTransport
    let circuit: HostCircuit
    let dateSource: any DateSource
    let callTimeout: Duration
    let pause: @Sendable (Duration) async throws -> Void

    /// What the host said, where it said something that the caller decides about.
    struct Answer: Sendable {
        let status: Int
        let body: JSONValue
    }

    /// The path of a database: a name that is none of ours never leaves the process (GRA-120).
    static func path(of name: String, _ rest: String = "") throws(EngineError) -> String {
        let isOurs =
            name.hasPrefix("kg") && (18...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { (48...57).contains($0) || (97...122).contains($0) || $0 == 95 }
        guard isOurs else { throw .refused("\(name.debugDescription.prefix(80)) is no name of a graph") }
        return "/databases/\(name)\(rest)"
    }

    /// Asks for something; 200 to 299, 404, 409 and 507 are the caller's to judge.
    ///
    /// - Parameter isRepeatable: whether the call does the same when it is made twice; only then is it sent again.
    func call(_ method: String, _ path: String, _ body: JSONValue? = nil, isRepeatable: Bool) async throws -> Answer {
        var number = 0
        while true {
            do {
                return try await send(method, path, body, isReading: method == "GET")
            } catch let error as EngineError where error.nature != .definitive && isRepeatable && number < Self.retries {
                guard !(error.isOpenCircuit) else { throw error }
                number += 1
                try await pause(HTTPRetryPolicy(maximumRetries: Self.retries).delay(beforeRetry: number, jitter: 1))
            }
        }
    }

    /// Waits for the end of what an answer names as a task of the host, for as long as the job has.
    func finish(_ answer: Answer, within limit: Duration) async throws -> JSONValue {
        guard let task = answer.body["task_id"]?.stringValue else { return answer.body }
        guard !task.isEmpty, task.utf8.count <= 100,
            task.utf8.allSatisfy({ (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 95 || $0 == 45 })
        else { throw EngineError.uncertain("the host named a task that is none") }
        let deadline = dateSource.now + limit
        var wait = Duration.seconds(1)
        while true {
            let state = try await call("GET", "/tasks/\(task)/status", isRepeatable: true)
            switch state.body["status"]?.stringValue {
            case "completed": return state.body["result"] ?? .null
            case "failed": throw EngineError.unavailable("the task failed: \(state.body["error"]?.stringValue ?? "")".short)
            case _ where state.status == 404: throw EngineError.uncertain("the host does not know its task any more")
            default: break
            }
            guard dateSource.now + wait < deadline else { throw EngineError.uncertain("the task did not end in time") }
            try await pause(wait)
            wait = min(wait * 2, .seconds(5))
        }
    }

    /// Streams the archive of a database into a sink.
    ///
    /// - Throws: what the sink throws, or ``EngineError``.
    func download(_ name: String, into take: @escaping @Sendable ([UInt8]) throws -> Void, within limit: Duration) async throws {
        let path = try Self.path(of: name, "/backup-download")
        let answer = try await exchange("POST", path, nil, isReading: true, timeout: limit) { request in
            try await transport.send(request, giving: take)
        }
        guard (200...299).contains(answer.status) else { throw EngineError.refused("there is no database \(name) to back up") }
    }

    private func send(_ method: String, _ path: String, _ body: JSONValue?, isReading: Bool) async throws -> Answer {
        try await exchange(method, path, body, isReading: isReading, timeout: callTimeout) { try await transport.send($0) }
    }

    private func exchange(
        _ method: String, _ path: String, _ body: JSONValue?, isReading: Bool, timeout: Duration,
        _ send: (ClientRequest) async throws -> ClientResponse
    ) async throws -> Answer {
        guard circuit.enter(at: dateSource.now) else { throw EngineError.unavailable(EngineError.openCircuit + host.name) }
        var isFault: Bool?
        defer { circuit.leave(isFault: isFault, at: dateSource.now) }
        var request = ClientRequest(method, host.base + path, timeout: timeout)
        host.key.withValue { request.headers.add("X-Graph-API-Key", $0) }
        request.headers.add("Accept", "application/json")
        if let body {
            request.headers.add("Content-Type", "application/json")
            request.body = try JSON.encode(body)
        }
        let response: ClientResponse
        do {
            response = try await send(request)
        } catch let error as TransportError where error.kind == .invalidRequest || error.kind == .closed {
            throw EngineError.refused(error.description)
        } catch let error as TransportError {
            isFault = true
            // What only reads has changed nothing; of everything else nobody knows (GRA-016).
            throw error.progress == .nothingSent || isReading
                ? EngineError.unavailable(error.description) : EngineError.uncertain(error.description)
        }
        isFault = response.status >= 500 && response.status != 507
        let parsed = response.body.isEmpty ? JSONValue.null : (try? JSON.decode(JSONValue.self, from: response.body)) ?? .null
        let said = "\(response.status) \(parsed["detail"]?.stringValue ?? "")".short
        switch response.status {
        case 200...299, 404, 409, 507: return Answer(status: response.status, body: parsed)
        case 429, 503: throw EngineError.unavailable("the host said \(said)")
        case 408, 500...: throw isReading ? EngineError.unavailable("the host said \(said)") : .uncertain("the host said \(said)")
        default: throw EngineError.refused("the host said \(said)")
        }
    }
}

extension EngineError {
    fileprivate static let openCircuit = "five faults in a row: nothing is asked of "

    fileprivate var isOpenCircuit: Bool {
        if case .unavailable(let reason) = self { reason.hasPrefix(Self.openCircuit) } else { false }
    }
}

extension String {
    fileprivate var short: String { String(prefix(300)) }
}
