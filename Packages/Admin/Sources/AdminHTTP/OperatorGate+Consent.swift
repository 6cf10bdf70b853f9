internal import Admin
internal import Billing
internal import Core
internal import HTTPServer

/// Thrown by a command that one operator may not do alone (ADM-016, ADM-017).
struct ConsentNeeded: Error {
    /// Why, in words.
    let cause: String
}

/// A change as the gate sees it.
struct GatedChange: Sendable {
    let operation: String
    let rehearsal: OperatorGate.Rehearsing
    /// What a second operator's consent is about: as it was then it has to be when it is carried out.
    let facts: OperatorGate.Facts?
    /// What a second operator needs to consent.
    let approving: OperatorPermission
}

extension OperatorGate {
    /// Shows what a change is about.
    typealias Facts = @Sendable (OperatorCall) async throws -> JSONValue

    /// Does what one may do alone; what takes two is kept until a second one consents.
    func act(_ call: OperatorCall, _ change: GatedChange, _ action: Action) async throws -> Response {
        do {
            return try await action(call)
        } catch let need as ConsentNeeded {
            let (effects, facts) = try await outlook(for: call, change, action)
            let request = call.request
            let query = ConsoleText.query(request.query.items)
            let body = request.body.isEmpty ? JSONValue.null : try JSON.decode(JSONValue.self, from: request.body)
            let command = OperatorApproval.Command(
                operation: change.operation, method: request.method.rawValue, target: request.path + (query.isEmpty ? "" : "?" + query),
                places: request.pathParameters, body: body, reason: call.reason)
            let asked = try await approvals.ask(
                for: command, by: call.person.id, approving: change.approving, cause: need.cause, effects: effects, facts: facts)
            return try .json(
                [
                    "approval_id": .string(asked.id.description), "cause": .string(need.cause),
                    "expires_at": .string(asked.expiresAt.description),
                ] as JSONValue, status: .accepted)
        }
    }

    /// What a change would do if two wanted it, and what it is about.
    func outlook(
        for call: OperatorCall, _ change: GatedChange, _ action: Action
    ) async throws -> (effects: CommandEffects, facts: JSONValue) {
        guard change.rehearsal == .whole else { throw OperatorProblem.noRehearsal }
        let (_, effects) = try await rehearsals.rehearse { try await action(call.consented) }
        let about = try await change.facts?(call) ?? .null
        return (effects, ["about": about, "kinds": .array(effects.kinds.map { .string($0) })])
    }
}

extension CommandEffects {
    /// What follows, by kind: ids and instants are new whenever it is looked at.
    var kinds: [String] {
        func part(_ rows: [JSONValue], _ key: String, _ word: String) -> [String] {
            rows.map { "\(word) \($0[key]?.stringValue ?? "")" }
        }
        return (part(entries, "type", "entry") + part(events, "topic", "event") + part(jobs, "kind", "job") + part(orders, "kind", "order"))
            .sorted()
    }
}

extension OperatorCall {
    /// The same call with the consent of two.
    var consented: OperatorCall {
        var call = self
        call.isConsented = true
        return call
    }

    /// Refuses to go on alone.
    func requireConsent(_ cause: String) throws {
        if !isConsented { throw ConsentNeeded(cause: cause) }
    }
}
