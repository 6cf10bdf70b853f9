import Audit
import AuditHTTP
import Core
import FoundationEssentials
import HTTPServer
import Testing

private enum Company: AuditReferable {
    static let idPrefix = "org"
    static let auditKind = AuditReferenceKind.org
}

private struct Reader: AuditReader {
    func entries(ofOrg org: UUID, _ query: AuditQuery) async throws -> Page<AuditEntry> {
        if query.cursor != nil { throw AuditCursorInvalid() }
        let reference = AuditReference(Identifier<Company>(uuid: org))
        let entry = AuditEntry(
            id: AuditEntryID(high: 1, low: 1), type: "org_created", risk: .low, at: Instant(secondsSinceEpoch: 0),
            actor: ("system", nil, "orgs"), references: AuditReferences(reference), summary: "created",
            data: ["n": .integer(Int64(query.limit))],
            changes: [])
        return Page(elements: [entry], next: Cursor("next"))
    }
}

private struct Prover: AuditProver {
    func proof(of entry: AuditEntryID, ofOrg org: UUID) async throws -> JSONValue? {
        switch entry.low {
        case 1: ["kind": "audit_proof"]
        case 2: throw AuditProofPending()
        default: nil
        }
    }
}

private struct OnlyOne: AuditAuthorizing {
    let access = RouteAccess.everybody
    let org: Identifier<Company>
    func authorizedOrg(_ text: String, for request: Request) async throws -> UUID {
        guard text == org.description else { throw Problem.notFound }
        return org.uuid
    }
}

private struct Catalogue: AuditCatalogueReader {
    func types() async throws -> [AuditEventType] { [AuthorizationDenied.type] }
    func keys() async throws -> [AuditPublicKey] {
        [AuditPublicKey(id: "k1", bytes: [0, 255], endorsedBy: nil, endorsement: nil)]
    }
}

@Suite struct AuditCatalogueRoutesTests {
    private func answer(_ path: String) async throws -> (JSONValue, [String]) {
        var router = Router()
        AuditCatalogueRoutes(reader: Catalogue()).register(on: &router)
        let document = try APIDocument(title: "t", version: "1", words: "w", table: router.table)
        let request = try #require(Request(method: .get, target: path, id: RequestID.make(at: .systemNow())))
        guard case .bytes(let bytes) = await router.respond(to: request).body else { return (.null, ["no body"]) }
        let body = try JSON.decode(JSONValue.self, from: bytes)
        return (body, document.misfits(of: "GET \(path)", status: 200, body: body))
    }

    @Test func `AUD-079 AUD-004 the types with what they need, and every kind of reference, are published`() async throws {
        let (body, misfits) = try await answer("/v1/audit/event-types")
        #expect(misfits.isEmpty)
        let type = body["event_types"]?.arrayValue?.first
        #expect(type?["type"] == "authorization_denied" && type?["risk"] == "medium" && type?["requires"] == ["network_client"])
        #expect(body["reference_kinds"]?.arrayValue?.count == AuditReferenceKind.allCases.count)
    }

    @Test func `AUD-045 the keys that sign checkpoints are published`() async throws {
        let (body, misfits) = try await answer("/v1/audit/keys")
        #expect(misfits.isEmpty)
        #expect(body["keys"] == [["id": "k1", "public_key": "00ff", "endorsed_by": .null, "endorsement": .null]])
    }
}

@Suite struct AuditRoutesTests {
    private let org = Identifier<Company>(high: 2, low: 2)

    private func answer(_ target: String) async throws -> (Status, String) {
        var router = Router()
        AuditRoutes(
            reader: Reader(), prover: Prover(), authorizer: OnlyOne(org: org),
            names: AuditReferenceNames(
                text: { reference in if case .id(let id) = reference.key { Identifier<Company>(uuid: id).description } else { nil } },
                reference: { Identifier<Company>($0).map { AuditReference($0) } })
        ).register(on: &router)
        let request = try #require(Request(method: .get, target: target, id: RequestID.make(at: .systemNow())))
        let response = await router.respond(to: request)
        guard case .bytes(let bytes) = response.body else { return (response.status, "") }
        return (response.status, String(decoding: bytes, as: UTF8.self))
    }

    @Test func `an entry shows its references with the prefixes of their kinds`() async throws {
        let (status, body) = try await answer("/v1/orgs/\(org)/audit?limit=7")
        #expect(status == .ok)
        #expect(body.contains(#""references":[{"id":"\#(org)","kind":"org"}]"#))
        #expect(body.contains(#""next_cursor":"next""#) && body.contains(#""data":{"n":7}"#))
    }

    @Test func `who may not read gets the refusal, a bad query names its field`() async throws {
        do {
            let found = try await answer("/v1/orgs/org_x/audit")
            #expect(found.0 == .notFound)
        }
        do {
            let found = try await answer("/v1/orgs/\(org)/audit?limit=1000")
            #expect(found.1.contains("must be a whole number from 1 to 200"))
        }
        do {
            let found = try await answer("/v1/orgs/\(org)/audit?since=yesterday")
            #expect(found.0 == .unprocessableContent)
        }
        do {
            let found = try await answer("/v1/orgs/\(org)/audit?cursor=abc")
            #expect(found.0 == .badRequest && found.1.contains("INVALID_INPUT"))
        }
    }

    @Test func `AUD-047 a proof is there, is not there yet, or there is no such entry`() async throws {
        let path = "/v1/orgs/\(org)/audit/"
        var found: [Status] = []
        for number in 1...3 as ClosedRange<UInt64> {
            found.append(try await answer("\(path)\(AuditEntryID(high: 1, low: number))/proof").0)
        }
        #expect(found == [.ok, .conflict, .notFound])
        #expect(try await answer("/v1/orgs/org_x/audit/\(AuditEntryID(high: 1, low: 1))/proof").0 == .notFound)
    }

    @Test func `AUD-071 an unknown filter is refused, a filter with a bad value is named`() async throws {
        let unknown = try await answer("/v1/orgs/\(org)/audit?tpye=org_created")
        #expect(unknown.0 == .badRequest && unknown.1.contains("risk_min"))
        for bad in ["class=money", "risk_min=huge", "actor_id=org_1", "reference=org_1", "operation_id=\(org)"] {
            let found = try await answer("/v1/orgs/\(org)/audit?\(bad)")
            #expect(found.0 == .unprocessableContent && found.1.contains(bad.prefix { $0 != "=" }))
        }
        let good = try await answer("/v1/orgs/\(org)/audit?class=org&risk_min=low&actor_id=\(Identifier<Somebody>(high: 1, low: 1))")
        #expect(good.0 == .ok)
    }
}

private enum Somebody: IdentifiedEntity {
    static let idPrefix = "user"
}
