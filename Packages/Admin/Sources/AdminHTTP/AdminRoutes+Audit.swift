internal import Admin
internal import Audit
internal import AuditHTTP
internal import Core
internal import HTTPServer
internal import Identity

extension AdminRoutes {
    var auditRoutes: [OperatorRoute] {
        [
            OperatorRoute(
                .get, "/v1/admin/audit", operation: "list_audit",
                .reading(.readOrgAudit) { call in
                    var query = try AuditQuery(of: call.request, names, more: ["org_id", "operator_id", "component", "follow"])
                    query.org = try call.request.queryValue("org_id", as: OrgReference.self)?.uuid
                    // Who may read an org's log only has to name the org.
                    guard query.org != nil || call.person.role.permissions.contains(.readAudit) else {
                        throw OperatorProblem.missing(.readAudit)
                    }
                    if let person = try call.request.queryValue("operator_id", as: Operator.ID.self) { query.actor = person.uuid }
                    query.component = call.request.query["component"]
                    query.follow = try call.request.queryValue("follow", as: AuditEntryID.self)
                    return try await page(query)
                })
        ]
    }

    var noteRoutes: [OperatorRoute] {
        [
            OperatorRoute(
                .get, "/v1/admin/notes/{subject_id}", operation: "list_notes",
                .reading(.read) { call in
                    var query = AuditQuery(
                        types: [OperatorNoteAdded.type.name], cursor: try call.request.queryValue("cursor"),
                        limit: try call.request.queryInteger("limit", default: 50, in: 1...200))
                    query.references = [try subject(of: call)]
                    return try await page(query, isPersonalShown: true)
                }),
            OperatorRoute(
                .post, "/v1/admin/notes/{subject_id}", operation: "add_note",
                .writing(.addNotes) { call in
                    let text = try call.request.decode(NoteWish.self).text
                    guard (1...2_000).contains(text.count), text.utf8.count <= 8_000 else {
                        throw Problem.invalidField("text", message: "must have 1 to 2000 characters in at most 8000 bytes")
                    }
                    let subject = try subject(of: call)
                    guard try await notes.add(text, about: subject, by: call.person.id) else { throw Problem.notFound }
                    return Response(status: .noContent)
                }),
        ]
    }

    /// What concerns an org, a person or a graph is kept for a court, and let go again (AUD-069).
    var holdRoutes: [OperatorRoute] {
        [
            OperatorRoute(
                .get, "/v1/admin/legal-holds", operation: "list_legal_holds",
                .reading(.manageHolds) { _ in
                    try .json(["legal_holds": JSONValue.array(try await holds.holds().map { hold($0) })])
                }),
            OperatorRoute(
                .post, "/v1/admin/legal-holds", operation: "set_legal_hold",
                .writing(.manageHolds) { call in
                    let text = try call.request.decode(HoldWish.self).subjectID
                    guard let subject = names.reference(text), [.org, .user, .graph].contains(subject.kind) else {
                        throw Problem.invalidField("subject_id", message: "must be the id of an org, a person or a graph")
                    }
                    do {
                        let set = try await holds.set(on: subject, because: call.reason, by: AuditReference(call.person.id))
                        return try .json(hold(set), status: .created)
                    } catch let refusal as AuditSubjectUnknown {
                        throw Problem.invalidField("subject_id", message: refusal.words)
                    }
                }),
            OperatorRoute(
                .post, "/v1/admin/legal-holds/{hold_id}/lift", operation: "lift_legal_hold",
                .consenting(
                    .manageHolds,
                    about: { call in
                        let id: AuditLegalHold.ID = try call.request.parameter("hold_id")
                        return try await holds.holds().first { $0.id == id }.map { hold($0) } ?? .null
                    },
                    { call in
                        let id: AuditLegalHold.ID = try call.request.parameter("hold_id")
                        guard try await holds.holds().contains(where: { $0.id == id }) else { throw Problem.notFound }
                        try call.requireConsent("What is kept for a court is let go by two.")
                        guard try await holds.lift(id, because: call.reason, by: AuditReference(call.person.id)) else {
                            throw Problem.notFound
                        }
                        return Response(status: .noContent)
                    })),
        ]
    }

    private func hold(_ hold: AuditLegalHold) -> JSONValue {
        let bare =
            switch hold.subject.key {
            case .id(let id): "\(id)".lowercased()
            case .text(let text): text
            }
        return [
            "id": .string(hold.id.description), "kind": .string(hold.subject.kind.rawValue),
            "subject_id": .string(names.text(hold.subject) ?? bare), "set_at": .string(hold.setAt.description),
        ]
    }

    struct HoldWish: Decodable {
        let subjectID: String

        enum CodingKeys: String, CodingKey {
            case subjectID = "subject_id"
        }
    }

    private func subject(of call: OperatorCall) throws -> AuditReference {
        let text: String = try call.request.parameter("subject_id")
        guard let reference = names.reference(text), [.org, .user, .graph, .subscription].contains(reference.kind) else {
            throw Problem.notFound
        }
        return reference
    }

    /// What is personal in entries is not shown in passing; notes are read for their text (ADM-008).
    private func page(_ query: AuditQuery, isPersonalShown: Bool = false) async throws -> Response {
        do {
            let page = try await audit.entries(query)
            return try .json(AuditPageBody(isPersonalShown ? page : page.map(\.withoutPersonal), names.text))
        } catch is AuditCursorInvalid {
            throw Problem.badRequest("The cursor is not one of this list.", code: "INVALID_INPUT")
        }
    }

    struct NoteWish: Decodable {
        let text: String
    }
}

extension AuditEntry {
    fileprivate var withoutPersonal: AuditEntry {
        AuditEntry(
            id: id, type: type, risk: risk, at: at, actor: actor, references: references, summary: summary, data: data, changes: changes,
            seal: seal)
    }
}
