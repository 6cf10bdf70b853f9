internal import Admin
internal import Billing
internal import Core
internal import Cryptography
internal import HTTPServer

extension OperatorGate {
    /// Makes a change: rehearsed where that is asked for, and once for each key (ADM-013, ADM-014).
    func write(_ call: OperatorCall, _ change: GatedChange, _ action: Action) async throws -> Response {
        if try call.isRehearsal { return try await rehearse(call, change.rehearsal, action) }
        guard let key = call.request.headers["Idempotency-Key"] else { return try await act(call, change, action) }
        guard (1...128).contains(key.utf8.count) else { throw OperatorProblem.keyInvalid }
        let request = call.request
        let text = [request.method.rawValue, request.path, ConsoleText.query(request.query.items), call.reason]
        let fingerprint = SHA256.digest(of: Array(text.joined(separator: "\n").utf8) + [10] + request.body)
        switch try await repeats.begin(key, by: call.person.id, fingerprint: fingerprint) {
        case .new: break
        case .different: throw OperatorProblem.keyReused
        case .underWay: throw OperatorProblem.underWay
        case .answered(let status, let body):
            guard let body else { return Response(status: Status(rawValue: status)) }
            return try .json(body, status: Status(rawValue: status), headers: ["Idempotency-Replayed": "true"])
        }
        let response: Response
        do {
            response = try await act(call, change, action)
        } catch {
            // What was refused changed nothing, and may be asked for again.
            try await repeats.giveBack(key, by: call.person.id)
            throw error
        }
        var body: JSONValue?
        if case .bytes(let bytes) = response.body, !bytes.isEmpty { body = try JSON.decode(JSONValue.self, from: bytes) }
        // What is shown once is not kept.
        if let members = body?.objectValue, members["enrolment_link"] != nil {
            body = .object(members.merging(["enrolment_link": .null]) { $1 })
        }
        try await repeats.settle(key, by: call.person.id, status: response.status.rawValue, body: body)
        return response
    }

    /// Refuses a change of something that is not as the caller saw it (RFC 9110, section 13.1.1).
    func requireVersion(_ call: OperatorCall, _ seen: Action?) async throws {
        guard let given = call.request.headers["If-Match"], given != "*" else { return }
        guard let seen else { throw OperatorProblem.noVersion }
        let now = Self.version(of: try await seen(call))
        let versions = given.split(separator: ",").map { String($0.filter { $0 != " " }) }
        guard versions.contains(now) else { throw OperatorProblem.changed(now) }
    }

    static func version(of response: Response) -> String {
        guard case .bytes(let bytes) = response.body else { return "\"\"" }
        return "\"\(Base64URL.encode(Array(SHA256.digest(of: bytes).prefix(15))))\""
    }

    private func rehearse(_ call: OperatorCall, _ rehearsal: Rehearsing, _ action: Action) async throws -> Response {
        switch rehearsal {
        case .own: return try await action(call)
        case .impossible: throw OperatorProblem.noRehearsal
        case .whole:
            // Where it takes two, it is told what would follow from their consent.
            let (done, effects) = try await rehearsals.rehearse { () -> (response: Response, consent: String?) in
                do {
                    return (try await action(call), nil)
                } catch let need as ConsentNeeded {
                    return (try await action(call.consented), need.cause)
                }
            }
            let status = done.consent == nil ? done.response.status : .accepted
            let members: [String: JSONValue] = [
                "validate_only": true, "would_answer": .integer(Int64(status.rawValue)), "reason": .string(call.reason),
                "takes_two_because": done.consent.map { .string($0) } ?? .null,
            ]
            return try .json(JSONValue.object(members.merging(effects.json) { $1 }))
        }
    }
}

extension OperatorProblem {
    static let keyInvalid = Problem.badRequest("Idempotency-Key must have 1 to 128 characters.", code: "INVALID_IDEMPOTENCY_KEY")
    static let keyReused = Problem(
        status: .conflict, code: "IDEMPOTENCY_KEY_REUSED", detail: "The key was sent within a day with another request.")
    static let underWay = Problem(
        status: .conflict, code: "REQUEST_UNDER_WAY", detail: "The request with this key is being answered.", headers: ["Retry-After": "1"])
    static let noVersion = Problem.badRequest("Nothing shows a version of this that If-Match could name.", code: "NO_VERSION")
    static func changed(_ version: String) -> Problem {
        Problem(
            status: .preconditionFailed, code: "CHANGED_MEANWHILE", detail: "It has changed since it was read; its version is \(version).",
            headers: ["ETag": version])
    }
    static let noRehearsal = Problem.badRequest(
        "This change takes no validate_only: it is not one transaction, or there is nothing that follows from it.", code: "NO_REHEARSAL")
}
