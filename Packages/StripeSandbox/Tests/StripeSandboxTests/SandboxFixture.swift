import Core
import Cryptography
import EventLoops
import HTTPClient
import HTTPServer
import Observability
import PlatformTesting
import StripeSandbox
import Synchronization

/// A sandbox on a free port, and an endpoint that keeps what is delivered, for the length of a test.
struct Sandbox {
    static let secretKey = "sk_test_fixture"
    static let controlToken = "control-token"
    static let webhookSecret = "whsec_fixture"

    let baseURL: String
    let clock: SteppedDateSource
    let transport: CurlTransport
    let receiver: WebhookReceiver
    /// Where it is reached by TLS, if it is.
    let tlsURL: String?

    static func run(
        configure: (inout StripeSandboxConfiguration) -> Void = { _ in }, _ body: (Sandbox) async throws -> Void
    ) async throws {
        let loops = try EventLoopGroup(count: 1, name: "sandbox")
        let receiver = WebhookReceiver()
        var router = Router()
        router.add(.post, "/hooks") { receiver.receive($0) }
        let hooks = Server(configuration: ServerConfiguration(port: 0), router: router, loops: loops)
        let hookPort = try await hooks.start()
        var configuration = StripeSandboxConfiguration(secretKey: SecretString(secretKey), controlToken: SecretString(controlToken))
        configuration.webhookURL = "http://127.0.0.1:\(hookPort)/hooks"
        configuration.webhookSecret = SecretString(webhookSecret)
        configure(&configuration)
        let clock = SteppedDateSource.fixed()
        let server = StripeSandboxServer(configuration: configuration, clock: clock, loops: loops)
        let port: Int
        do {
            port = try await server.start()
        } catch {
            await server.stop()
            await hooks.drain()
            loops.shutdown()
            throw error
        }
        var client = CurlTransport.Configuration()
        client.allowsPlainLoopback = true
        client.totalTimeout = .seconds(600)
        client.idleTimeout = .seconds(600)
        let transport = CurlTransport(configuration: client)
        let sandbox = Sandbox(
            baseURL: "http://127.0.0.1:\(port)", clock: clock, transport: transport, receiver: receiver,
            tlsURL: server.tlsPort.map { "https://127.0.0.1:\($0)" })
        let result: Result<Void, any Error>
        do { result = .success(try await body(sandbox)) } catch { result = .failure(error) }
        transport.close()
        await server.stop()
        await hooks.drain()
        loops.shutdown()
        try result.get()
    }

    struct Answer {
        let status: Int
        let headers: ClientHeaders
        let bytes: [UInt8]

        var json: JSONValue { (try? JSON.decode(JSONValue.self, from: bytes)) ?? .null }
        var text: String { String(decoding: bytes, as: UTF8.self) }
        var id: String { json["id"]?.stringValue ?? "" }
        var errorCode: String? { json["error"]?["code"]?.stringValue }
    }

    /// A call of the API.
    @discardableResult
    func call(
        _ method: String, _ path: String, _ form: [(String, String)] = [], key: String? = nil, apiKey: String = secretKey,
        headers: [String: String] = [:]
    ) async throws -> Answer {
        let text = form.map { "\(encode($0.0))=\(encode($0.1))" }.joined(separator: "&")
        let isPost = method == "POST"
        var request = ClientRequest(
            method, baseURL + path + (isPost || text.isEmpty ? "" : "?" + text), body: isPost ? Array(text.utf8) : [])
        request.headers["Authorization"] = "Bearer \(apiKey)"
        if isPost { request.headers["Content-Type"] = "application/x-www-form-urlencoded" }
        if let key { request.headers["Idempotency-Key"] = key }
        for (name, value) in headers { request.headers[name] = value }
        return try await send(request)
    }

    /// A call of the control interface.
    @discardableResult
    func control(_ method: String, _ path: String, _ body: JSONValue? = nil) async throws -> Answer {
        var request = ClientRequest(method, baseURL + "/_sandbox" + path, body: try body.map { try JSON.encode($0) } ?? [])
        request.headers["Authorization"] = "Bearer \(Self.controlToken)"
        request.timeout = .seconds(600)
        request.headers["Content-Type"] = "application/json"
        return try await send(request)
    }

    /// A visit of a page: a form, or JSON.
    func page(_ method: String, _ path: String, form: String = "", json: JSONValue? = nil) async throws -> Answer {
        var request = ClientRequest(
            method, path.hasPrefix("http") ? path : baseURL + path, body: try json.map { try JSON.encode($0) } ?? Array(form.utf8))
        if json != nil {
            request.headers["Content-Type"] = "application/json"
        } else if !form.isEmpty {
            request.headers["Content-Type"] = "application/x-www-form-urlencoded"
        }
        return try await send(request)
    }

    func advance(days: Int64) async throws {
        let answer = try await control("POST", "/clock", ["by_seconds": .integer(days * 86_400)])
        guard answer.status == 200 else { throw SandboxFault(answer.text) }
    }

    func quiesce() async throws {
        let answer = try await control("POST", "/quiesce")
        guard answer.status == 200 else { throw SandboxFault(answer.text) }
    }

    private func send(_ request: ClientRequest) async throws -> Answer {
        let response = try await transport.send(request)
        return Answer(status: response.status, headers: response.headers, bytes: response.body)
    }

    private func encode(_ text: String) -> String {
        text.utf8.map { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || "_-.".utf8.contains(byte)
                ? String(UnicodeScalar(byte)) : "%" + Hex.encode([byte])
        }.joined()
    }
}

struct SandboxFault: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// An endpoint that keeps what it gets, and answers as it is told.
final class WebhookReceiver: Sendable {
    struct Received: Sendable {
        let type: String
        let id: String
        let body: [UInt8]
        let signature: String
        let event: JSONValue
    }

    private struct State {
        var received: [Received] = []
        var statuses: [Int] = []
    }

    private let state = Mutex(State())

    var received: [Received] { state.withLock { $0.received } }
    var types: [String] { received.map(\.type) }

    /// The statuses of the next answers; then 200.
    func answerNext(_ statuses: [Int]) {
        state.withLock { $0.statuses = statuses }
    }

    func forget() {
        state.withLock { $0.received = [] }
    }

    func receive(_ request: Request) -> Response {
        let event = (try? JSON.decode(JSONValue.self, from: request.body)) ?? .null
        let status = state.withLock { state in
            state.received.append(
                Received(
                    type: event["type"]?.stringValue ?? "", id: event["id"]?.stringValue ?? "", body: request.body,
                    signature: request.headers["Stripe-Signature"] ?? "", event: event))
            return state.statuses.isEmpty ? 200 : state.statuses.removeFirst()
        }
        return Response(status: Status(rawValue: status))
    }
}
