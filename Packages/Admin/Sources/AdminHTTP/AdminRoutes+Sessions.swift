internal import Admin
internal import Core
internal import HTTPServer

extension AdminRoutes {
    /// Who may come in, and who is in (ADM-002, ADM-004).
    var sessionRoutes: [OperatorRoute] {
        [
            OperatorRoute(
                .post, "/v1/admin/operators", operation: "invite_operator",
                .writing(.manageOperators) { call in
                    let wish = try call.request.decode(InviteWish.self)
                    guard let role = OperatorRole(rawValue: wish.role) else {
                        let words = OperatorRole.allCases.map(\.rawValue).joined(separator: ", ")
                        throw Problem.invalidField("role", message: "must be one of \(words)")
                    }
                    var answer: JSONValue = .null
                    try await refusing {
                        let person = try await accounts.admit(wish.name, at: try Self.address(wish.email), as: role, by: call.actor)
                        let secret = try await sessions.enrolmentSecret(for: person.id)
                        answer = [
                            "id": .string(person.id.description), "name": .string(person.name), "role": .string(person.role.rawValue),
                            "enrolment_link": .string(consoleURL + "/console/enrol?token=" + secret.withValue { $0 }),
                            "enrolment_link_until": .string((dateSource.now + OperatorLifetimes.enrolment).description),
                        ]
                    }
                    return try .json(answer, status: .created)
                }),
            OperatorRoute(
                .get, "/v1/admin/sessions", operation: "list_operator_sessions",
                .reading(.manageOperators) { _ in
                    let sessions: [JSONValue] = try await sessions.sessions().map {
                        [
                            "id": .string($0.id.description), "operator_id": .string($0.owner.id.description),
                            "name": .string($0.owner.name), "network": .string($0.network),
                            "started_at": .string($0.startedAt.description), "seen_at": .string($0.seenAt.description),
                        ]
                    }
                    return try .json(["sessions": JSONValue.array(sessions)])
                }),
            OperatorRoute(
                .post, "/v1/admin/sessions/{session_id}/end", operation: "end_operator_session",
                .writing(.manageOperators) { call in
                    let id: OperatorSession.ID = try call.request.parameter("session_id")
                    guard try await sessions.end(id) else { throw Problem.notFound }
                    return Response(status: .noContent)
                }),
        ]
    }
}

struct InviteWish: Decodable {
    let name: String
    let email: String?
    let role: String
}

struct AddressWish: Decodable {
    let email: String
}
