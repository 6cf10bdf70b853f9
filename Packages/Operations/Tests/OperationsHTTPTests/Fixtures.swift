import Core
import EventLoops
import HTTPClient
import HTTPServer
@_spi(Authentication) import Identity
import IdentityHTTP
import Observability
import Operations
import Orgs
import Synchronization

@testable import OperationsHTTP

let start = Instant("2026-03-01T10:00:00Z") ?? Instant(secondsSinceEpoch: 0)
let someUser = User.ID(high: 2, low: 2)

/// Waits until something holds of which nobody gives a signal, and says what it was when that does not come.
func eventually(_ what: String, _ holds: () -> Bool) async throws {
    let began = ContinuousClock.now
    while !holds() {
        guard began.duration(to: .now) < .seconds(300) else { throw NeverHeld(what: what) }
        await Task.yield()
    }
}

struct NeverHeld: Error, CustomStringConvertible {
    let what: String
    var description: String { "waited 300 s for \(what)" }
}

/// Lets everybody in as one person.
struct OnePerson: RequestAuthenticator {
    /// The graph that the person's key is bound to.
    var graph: String?

    func principal(for credential: Credential, actingFor org: OrgReference?, from client: ClientContext) async throws -> Principal {
        guard case .bearer(let token) = credential, token.withValue({ $0 == "go.o.d" }) else { throw IdentityError.unauthorized }
        guard let email = EmailAddress("ada@example.com"), let name = PersonName("Ada") else { throw IdentityError.unauthorized }
        return Principal(
            userID: someUser, email: email, name: name, isEmailVerified: true, credential: .session(.make(at: start), generation: 1),
            scopes: nil, graph: graph, orgScope: nil)
    }

    func orgChoices(of user: User.ID) async throws -> [OrgChoice] { [] }
}

/// One operation, moved by the test; wakes its readers as the hub of a node does.
final class OneOperation: OperationManaging, OperationWakeups {
    private struct State {
        var operation: Operations.Operation
        var events: [OperationEvent] = []
        var readers: [AsyncStream<Void>.Continuation] = []
        var places = 5
        var isVisible = true
        var renewals = 0
        var looks = 0
        /// From where each look began, and how much it got at most.
        var pages: [(from: Int64, limit: Int)] = []
        var queue = OperationQueue(position: 1, depth: 3)
    }

    private let state: Mutex<State>
    let id: Operations.Operation.ID

    init(kind: OperationKind = .createGraph) {
        let operation = Operations.Operation(
            accepting: NewOperation(
                kind: kind, org: .init(high: 1, low: 1), graph: "kg0123456789abcdef0123", startedBy: someUser, message: "Creating",
                steps: ["One"], result: .null),
            id: Operations.Operation.ID(high: 0x19C_A000_0000, low: 7), at: start)
        id = operation.id
        state = Mutex(State(operation: operation))
    }

    func move(_ transitions: OperationTransition...) throws {
        try state.withLock { state in
            for transition in transitions {
                let (next, event) = try state.operation.applying(transition, at: start + .seconds(1))
                state.operation = next
                if let event { state.events.append(event) }
            }
            for reader in state.readers { reader.yield() }
        }
    }

    /// Moves the operation in its queue.
    func queue(_ queue: OperationQueue) { state.withLock { $0.queue = queue } }

    /// Wakes the readers without news, as the hub of a node does each second, until they have looked and said what there was to say.
    func tick() async throws {
        // Only when the second look begins is what follows the first one over.
        for _ in 1...2 {
            let looks = state.withLock { state in
                for reader in state.readers { reader.yield() }
                return state.looks
            }
            try await eventually("a look of the reader") { state.withLock { $0.looks > looks } }
        }
    }

    func hide() {
        state.withLock { state in
            state.isVisible = false
            for reader in state.readers { reader.yield() }
        }
    }

    var pages: [(from: Int64, limit: Int)] { state.withLock(\.pages) }

    var freePlaces: Int { state.withLock(\.places) }

    /// Waits until somebody who reads the stream has looked at what there was before.
    func waitForReader() async throws {
        try await eventually("a reader of the stream") { state.withLock { !$0.readers.isEmpty && $0.looks > 0 } }
    }

    func wakeups(for id: Operations.Operation.ID) -> AsyncStream<Void> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            continuation.yield()
            state.withLock { $0.readers.append(continuation) }
        }
    }

    func operation(_ id: Operations.Operation.ID, as caller: OperationCaller) async throws -> OperationView {
        let (operation, queue) = state.withLock { ($0.isVisible ? $0.operation : nil, $0.queue) }
        guard let operation, operation.id == id else { throw OperationError.notFound }
        return OperationView(operation: operation, queue: operation.status == .pending ? queue : nil)
    }

    func operations(_ query: OperationQuery, as caller: OperationCaller) async throws -> [Operations.Operation] {
        state.withLock { [$0.operation] }.filter { query.status == nil || $0.status == query.status }
    }

    func cancel(_ id: Operations.Operation.ID, as caller: OperationCaller) async throws -> Operations.Operation {
        let operation = try await operation(id, as: caller).operation
        guard operation.isCancellable else { throw OperationError.notCancellable(operation.kind) }
        try move(.cancel(reason: "Cancelled on request"))
        return state.withLock(\.operation)
    }

    func resume(_ id: Operations.Operation.ID, input: JSONValue, as caller: OperationCaller) async throws -> Operations.Operation {
        try move(.resume)
        return state.withLock(\.operation)
    }

    func events(of id: Operations.Operation.ID, from sequence: Int64, limit: Int) async throws -> [OperationEvent] {
        state.withLock { state in
            state.looks += 1
            state.pages.append((sequence, limit))
            return Array(state.events.filter { $0.sequence >= sequence }.prefix(limit))
        }
    }

    func openStream(as user: User.ID) async throws -> StreamLease? {
        state.withLock { state in
            guard state.places > 0 else { return nil }
            state.places -= 1
            return StreamLease(number: Int64(state.places))
        }
    }

    func renew(_ lease: StreamLease) async throws { state.withLock { $0.renewals += 1 } }
    var renewals: Int { state.withLock(\.renewals) }
    func close(_ lease: StreamLease) async throws { state.withLock { $0.places += 1 } }
}

extension OneOperation {
    var router: Router { router(boundTo: nil) }

    func router(boundTo graph: String?, metrics: Metrics = Metrics()) -> Router {
        var router = Router()
        OperationRoutes(
            operations: self, wakeups: self, authenticator: Authenticator(OnePerson(graph: graph)),
            dateSource: SteppedDateSource(startingAt: start), metrics: metrics
        ).register(on: &router)
        return router
    }

    /// Serves the routes on a port of its own for the time of a test.
    func served<Value: Sendable>(
        metrics: Metrics = Metrics(), router: Router? = nil, _ body: (String, CurlTransport) async throws -> Value
    ) async throws -> Value {
        let loops = try EventLoopGroup(count: 1, name: "operations-test")
        let server = Server(
            configuration: ServerConfiguration(port: 0), router: router ?? self.router(boundTo: nil, metrics: metrics), loops: loops)
        let port = try await server.start()
        var configuration = CurlTransport.Configuration()
        configuration.allowsPlainLoopback = true
        let client = CurlTransport(configuration: configuration)
        let result: Result<Value, any Error>
        do { result = .success(try await body("http://127.0.0.1:\(port)/v1/operations/\(id)", client)) } catch { result = .failure(error) }
        await server.drain()
        client.close()
        loops.shutdown()
        return try result.get()
    }

    func ask(_ method: String, _ suffix: String, body: String = "", token: String? = "go.o.d") async throws -> (Int, JSONValue) {
        try await served { base, client in
            var headers: ClientHeaders = ["Content-Type": "application/json"]
            if let token { headers.add("Authorization", "Bearer " + token) }
            let url = suffix.hasPrefix("http") ? suffix : base + suffix
            let response = try await client.send(ClientRequest(method, url, headers: headers, body: Array(body.utf8)))
            return (response.status, (try? JSON.decode(JSONValue.self, from: response.body)) ?? .null)
        }
    }
}
