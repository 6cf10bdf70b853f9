internal import Admin
internal import Core
internal import HTTPServer
internal import Notifications

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
                        if let email = try Self.address(wish.email) {
                            // The link goes to the person alone: whoever invites never sees it (NOT-035).
                            let (person, until) = try await desk.invitations.invite(wish.name, at: email, as: role, by: call.person.id)
                            answer = Self.invited(person, mailedTo: email, link: nil, until: until)
                        } else {
                            let person = try await accounts.admit(wish.name, at: nil, as: role, by: call.actor)
                            let secret = try await sessions.enrolmentSecret(for: person.id)
                            answer = Self.invited(
                                person, mailedTo: nil, link: consoleURL + "/console/enrol?token=" + secret.withValue { $0 },
                                until: dateSource.now + OperatorLifetimes.enrolment)
                        }
                    }
                    return try .json(answer, status: .created)
                }),
            OperatorRoute(
                .post, "/v1/admin/operators/{operator_id}/invite", operation: "invite_operator_again",
                .writing(.manageOperators) { call in
                    let id: Operator.ID = try call.request.parameter("operator_id")
                    var until = dateSource.now
                    try await refusing {
                        until = try await desk.invitations.inviteAgain(id, because: call.reason, by: call.person.id)
                    }
                    return try .json(["enrolment_link_until": .string(until.description)] as JSONValue, status: .accepted)
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

extension AdminRoutes {
    fileprivate static func invited(_ person: Operator, mailedTo email: MailAddress?, link: String?, until: Instant) -> JSONValue {
        [
            "id": .string(person.id.description), "name": .string(person.name), "role": .string(person.role.rawValue),
            "mailed_to": email.map { .string($0.description) } ?? .null, "enrolment_link": link.map { .string($0) } ?? .null,
            "enrolment_link_until": .string(until.description),
        ]
    }

    static let alreadyEnrolled = Problem(status: .conflict, code: "ALREADY_ENROLLED", detail: "The operator has enrolled a passkey.")
    static let addressUnknown = Problem(
        status: .conflict, code: "NO_OPERATOR_ADDRESS", detail: "Nobody has said where the operator reads mail.")
}

struct InviteWish: Decodable {
    let name: String
    let email: String?
    let role: String
}

struct AddressWish: Decodable {
    let email: String
}
