import Admin
import AdminPostgres
import Core
import HTTPServer
import PlatformTesting
import Postgres
import Testing

/// Legal holds by the operators' API.
@Suite struct HoldRoutesTests {
    private let why: JSONValue = "asked for by a court"

    @Test func `AUD-069 a hold is set and lifted with a reason by auditors and superadmins, on things that are there`() async throws {
        try await Office.with { office in
            let org = try await office.org("Alpha").description
            let auditor = try await office.token(.auditor).token
            let path = "/v1/admin/legal-holds"
            for role in [OperatorRole.viewer, .support, .billing, .engineer] {
                let token = try await office.token(role).token
                #expect(try await office.call(.post, path, as: token, ["subject_id": .string(org), "reason": why]).status == 403)
                #expect(try await office.call(.get, path, as: token).status == 403)
            }
            #expect(try await office.call(.post, path, as: auditor, ["subject_id": .string(org)]).status == 422, "without a reason")
            for unknown in ["org_01ARZ3NDEKTSV4RRFFQ69G5FAV", "nothing", "opr_01ARZ3NDEKTSV4RRFFQ69G5FAV"] {
                #expect(try await office.call(.post, path, as: auditor, ["subject_id": .string(unknown), "reason": why]).status == 422)
            }
            let set = try await office.call(.post, path, as: auditor, ["subject_id": .string(org), "reason": why])
            #expect(set.status == 201 && set.body["subject_id"]?.stringValue == org && set.body["kind"] == "org")
            let again = try await office.call(.post, path, as: auditor, ["subject_id": .string(org), "reason": why])
            #expect(again.body["id"] == set.body["id"])
            let id = try #require(set.body["id"]?.stringValue)
            #expect(try await office.call(.get, path, as: auditor).body["legal_holds"]?.arrayValue?.count == 1)
            #expect(try await office.call(.post, "\(path)/\(id)/lift", as: auditor).status == 422)
            try await office.byTwo(.post, "\(path)/\(id)/lift", ["reason": why], as: .auditor, and: .superadmin)
            #expect(try await office.call(.post, "\(path)/\(id)/lift", as: auditor, ["reason": why]).status == 404)
            #expect(try await office.call(.get, path, as: auditor).body["legal_holds"]?.arrayValue?.isEmpty == true)
            #expect(try await office.entries("audit_legal_hold_set").count == 1)
            #expect(try await office.entries("audit_legal_hold_lifted").count == 1)
        }
    }
}
