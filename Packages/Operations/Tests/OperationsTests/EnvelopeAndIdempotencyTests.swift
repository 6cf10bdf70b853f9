import Core
import Operations
import Testing

@Suite struct OperationEnvelopeTests {
    private func text(_ operation: Operation, replay: Bool = false) throws -> String {
        String(decoding: try JSON.encode(OperationEnvelope(operation, idempotentReplay: replay)), as: UTF8.self)
    }

    @Test func `OPS-001 the envelope has every key in camelCase, null where empty, and whole seconds`() throws {
        let id = Operation.fixture().id
        #expect(
            try text(.fixture()) == """
                {"at":"2026-03-01T10:00:00Z","createdBy":"\(someUser)","idempotentReplay":false,"operation":"create-graph","operationId":"\(id)",\
                "result":null,"status":"pending"}
                """)
    }

    @Test func `OPS-002 an envelope knows three words; a cancelled operation reads failed with its code`() throws {
        #expect(OperationEnvelope(try .fixture().after(.start), idempotentReplay: false).status == .pending)
        let cancelled = OperationEnvelope(try .fixture().after(.cancel(reason: "asked")), idempotentReplay: true)
        #expect(cancelled.status == .failed)
        #expect(cancelled.result["code"] == "OPERATION_CANCELLED")
        #expect(cancelled.idempotentReplay)
        let completed = OperationEnvelope(
            try .fixture().after(.start, .complete(result: ["graph_id": "kg1"], message: "")), idempotentReplay: false)
        #expect(completed.status == .completed)
        #expect(completed.result["graph_id"] == "kg1")
    }
}

@Suite struct IdempotencyTests {
    @Test(arguments: ["", "a b", "schlüssel", "line\nbreak", String(repeating: "k", count: 256)])
    func `OPS-007 a key is 1 to 255 visible ASCII characters`(_ text: String) {
        #expect(RequestKey(text) == nil)
    }

    @Test func `OPS-007 a usual key is taken as it is`() {
        #expect(RequestKey(String(repeating: "k", count: 255)) != nil)
        #expect(RequestKey("3f9c-!~")?.description == "3f9c-!~")
    }

    private func fingerprint(_ body: String, method: String = "POST", query: [(String, String)] = []) throws -> CallFingerprint {
        let value: JSONValue? = body.isEmpty ? .none : .some(try JSON.decode(JSONValue.self, from: body.utf8))
        return try CallFingerprint(method: method, route: "/v1/graphs", pathValues: [:], query: query, body: value)
    }

    @Test func `OPS-009 order, spacing and spelling of numbers do not matter, everything else does`() throws {
        let base = try fingerprint(#"{"a":1,"b":{"c":[1,2],"d":null}}"#)
        #expect(try fingerprint(#" { "b" : {"d":null,"c":[1.0,2e0]} , "a":1.0 } "#) == base)
        #expect(try fingerprint(#"{"a":1,"b":{"c":[2,1],"d":null}}"#) != base)
        #expect(try fingerprint(#"{"a":"1","b":{"c":[1,2],"d":null}}"#) != base)
        #expect(try fingerprint(#"{"a":1,"b":{"c":[1,2]}}"#) != base)
        #expect(try fingerprint("") == fingerprint("{}"))
        #expect(try fingerprint("{}", query: [("a", "b")]) != fingerprint("{}"))
        #expect(try fingerprint("{}", method: "PUT") != fingerprint("{}"))
    }

    @Test func `OPS-008 scopes that could be confused by joining texts stay apart`() throws {
        let print = try fingerprint("{}")
        func scope(_ graph: String, _ key: String) -> [UInt8]? {
            RequestKey(key).map {
                IdempotentCall(user: someUser, org: someOrg, operation: .createGraph, graphScope: graph, key: $0, fingerprint: print)
                    .scopeText
            }
        }
        #expect(scope("new", "key") != scope("newk", "ey"))
        #expect(scope("new", "key") == scope("new", "key"))
    }
}
