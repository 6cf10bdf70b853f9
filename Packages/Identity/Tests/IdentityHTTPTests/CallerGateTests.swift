import Core
import HTTPServer
import Identity
import Synchronization
import Testing

private final class NotingGate: CallerGate {
    private let callers = Mutex<[Caller]>([])
    private let limit: Int
    var all: [Caller] { callers.withLock { $0 } }

    init(limit: Int = .max) {
        self.limit = limit
    }

    let countsGraph = false

    func admit(graph: Caller, tier: String) async throws {}
    func admit(_ quota: CallQuota, of person: Caller) async throws {}

    func admit(_ caller: Caller, of person: Caller, actingFor org: Caller?) async throws {
        let count = callers.withLock { callers in
            callers.append(caller)
            return callers.count
        }
        guard count <= limit else { throw Problem(status: .tooManyRequests, code: "RATE_LIMIT_EXCEEDED", detail: "too many") }
    }
}

@Suite struct CallerGateTests {
    private func call(
        _ front: Front, _ method: HTTPServer.Method, _ target: String, _ headers: Headers, _ gate: NotingGate
    ) async throws -> Int {
        var request = try #require(Request(method: method, target: target, headers: headers, id: RequestID.make(at: front.clock.now)))
        request.gate = gate
        return await front.router.respond(to: request).status.rawValue
    }

    @Test func `SEC-002 a good token stands for its person and a good key for itself, a bad one for nobody`() async throws {
        try await Front.with { front in
            let token = try await front.register()
            let created = try await front.call(.post, "/v1/user/api-keys", ["name": "build"], headers: front.bearer(token))
            let key = try #require(created.body["key"]?.stringValue)
            let keyID = try #require(created.body["api_key"]?["id"]?.stringValue.flatMap(APIKey.ID.init))
            let me = try await front.call(.get, "/v1/user", headers: front.bearer(token))
            let user = try #require(me.body["id"]?.stringValue.flatMap(User.ID.init))

            let gate = NotingGate()
            #expect(try await call(front, .get, "/v1/user", front.bearer(token), gate) == 200)
            #expect(try await call(front, .get, "/v1/user", ["X-API-Key": key], gate) == 200)
            #expect(gate.all == [Caller(.user, user), Caller(.apiKey, keyID)])
            #expect(try await call(front, .get, "/v1/user", front.bearer(token + "x"), gate) == 401)
            #expect(
                try await call(front, .get, "/v1/user", ["X-API-Key": String(key.dropLast()) + (key.hasSuffix("a") ? "b" : "a")], gate)
                    == 401)
            #expect(try await call(front, .get, "/v1/user", [:], gate) == 401)
            #expect(gate.all.count == 2)
        }
    }

    @Test func `SEC-002 a refresh beyond the limit is refused before the token is replaced`() async throws {
        try await Front.with { front in
            let token = try await front.register()
            #expect(try await call(front, .post, "/v1/auth/refresh", front.bearer(token), NotingGate(limit: 0)) == 429)
            #expect(try await front.call(.get, "/v1/user", headers: front.bearer(token)).status == 200)
            let gate = NotingGate()
            #expect(try await call(front, .post, "/v1/auth/refresh", front.bearer(token), gate) == 200)
            #expect(gate.all.map(\.kind) == [.user])
        }
    }
}
