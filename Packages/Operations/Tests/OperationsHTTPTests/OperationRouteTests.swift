import Core
import FoundationEssentials
import HTTPClient
import HTTPServer
import Operations
import Testing

@testable import OperationsHTTP

@Suite struct OperationRouteTests {
    @Test func `OPS-023 status has every key that holds in the state`() async throws {
        let operation = OneOperation()
        let (status, pending) = try await operation.ask("GET", "/status")
        #expect(status == 200)
        #expect(pending["status"] == "pending")
        #expect(pending["queue_position"] == 1)
        #expect(pending["graph_id"] == "kg0123456789abcdef0123")
        #expect(pending["_links"]?["stream"]?.stringValue == "/v1/operations/\(operation.id)/stream")
        #expect(pending["_links"]?["cancel"] != nil)
        try operation.move(.start, .complete(result: ["graph_id": "kg1"], message: "Ready"))
        let (_, completed) = try await operation.ask("GET", "/status")
        #expect(completed["result"]?["graph_id"] == "kg1")
        #expect(completed["progress"]?["percent"] == 100)
        #expect(completed["queue_position"] == nil)
        #expect(completed["_links"]?["cancel"] == nil)
        let failed = OneOperation()
        try failed.move(.start, .fail(OperationFailure(code: "PROVISIONING_FAILED", message: "No luck")))
        let (_, body) = try await failed.ask("GET", "/status")
        #expect(body["error"] == "No luck")
        #expect(body["error_detail"]?["code"] == "PROVISIONING_FAILED")
    }

    @Test func `ID-107 to a key of one graph the operations of another do not exist, and cannot be stopped`() async throws {
        let operation = OneOperation()
        func ask(_ method: Method, _ part: String, boundTo graph: String?) async throws -> Int {
            let request = try #require(
                Request(
                    method: method, target: "/v1/operations/\(operation.id)\(part)", headers: ["Authorization": "Bearer go.o.d"],
                    id: .make(at: start)))
            return await operation.router(boundTo: graph).respond(to: request).status.rawValue
        }
        let (own, other) = ("kg0123456789abcdef0123", "kg0123456789abcdef0124")
        for (method, part) in [(Method.get, ""), (.get, "/status"), (.get, "/stream"), (.post, "/resume"), (.delete, "")] {
            #expect(try await ask(method, part, boundTo: other) == 404, "\(method) \(part)")
        }
        #expect(try await ask(.get, "/status", boundTo: own) == 200)
        #expect(try await ask(.get, "/status", boundTo: nil) == 200)
    }

    @Test(arguments: ["op_123", "graph_00000000000000000000000000", "../etc", "op_01arz3ndektsv4rrffq69g5fav"])
    func `OPS-021 an id of another form is 422`(_ id: String) async throws {
        let operation = OneOperation()
        let status = try await operation.served { base, client in
            let url = base.split(separator: "/").dropLast().joined(separator: "/").replacing("http:/", with: "http://")
            let escaped = id.replacing("/", with: "%2F")
            return try await client.send(.init("GET", "\(url)/\(escaped)/status", headers: ["Authorization": "Bearer go.o.d"])).status
        }
        #expect(status == 422)
    }

    @Test func `OPS-021 a UUID names an operation as well, and an unknown one is 404`() async throws {
        let operation = OneOperation()
        let (found, unknown) = try await operation.served { base, client in
            let url = base.replacing("/\(operation.id)", with: "")
            func status(_ id: String) async throws -> Int {
                try await client.send(.init("GET", "\(url)/\(id)/status", headers: ["Authorization": "Bearer go.o.d"])).status
            }
            return (try await status(operation.id.uuid.uuidString), try await status("00000000-0000-0000-0000-000000000000"))
        }
        #expect(found == 200)
        #expect(unknown == 404)
    }

    @Test func `OPS-027 cancel answers 200 as long as it is allowed, then 409`() async throws {
        let operation = OneOperation()
        let (status, body) = try await operation.ask("DELETE", "")
        #expect(status == 200)
        #expect(body["status"] == "cancelled")
        let running = OneOperation()
        try running.move(.start)
        #expect(try await running.ask("DELETE", "").0 == 409)
        #expect(try await running.ask("DELETE", "").1["code"] == "NOT_CANCELLABLE")
    }

    @Test func `OPS-029 an answer to a question is 202, and 409 when none was asked`() async throws {
        let operation = OneOperation()
        try operation.move(
            .start, .awaitInput(InputRequest(prompt: "Sure?", details: .null, requestedAt: start, expiresAt: start + .hours(24))))
        let (_, waiting) = try await operation.ask("GET", "/status")
        #expect(waiting["input_request"]?["prompt"] == "Sure?")
        #expect(waiting["_links"]?["resume"] != nil)
        let (status, body) = try await operation.ask("POST", "/resume", body: #"{"input": {"approved": true}}"#)
        #expect(status == 202)
        #expect(body["status"] == "running")
        #expect(try await operation.ask("POST", "/resume", body: "{}").0 == 409)
    }

    @Test func `lists refuse values they do not know`() async throws {
        let operation = OneOperation()
        try await operation.served { base, client in
            let url = base.replacing("/\(operation.id)", with: "")
            for (query, expected) in [
                ("", 200), ("?status=pending", 200), ("?status=nope", 422), ("?operation_type=nope", 422), ("?limit=0", 422),
                ("?limit=201", 422), ("?cursor=x", 400),
            ] {
                let response = try await client.send(.init("GET", url + query, headers: ["Authorization": "Bearer go.o.d"]))
                #expect(response.status == expected, "\(query)")
            }
        }
    }
}
