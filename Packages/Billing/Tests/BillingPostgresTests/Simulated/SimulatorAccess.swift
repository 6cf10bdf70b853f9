import Billing
import Core
import HTTPClient
import Synchronization
import Testing

/// Calls of the simulator's own interfaces.
struct SimulatorAccess: Sendable {
    static let controlToken = "control-token"
    let baseURL: String
    let transport: CurlTransport

    func send(_ method: String, _ path: String, token: String, type: String, body: String) async throws -> (status: Int, json: JSONValue) {
        var request = ClientRequest(method, path.hasPrefix("http") ? path : baseURL + path, body: Array(body.utf8))
        request.headers["Authorization"] = "Bearer \(token)"
        if !body.isEmpty { request.headers["Content-Type"] = type }
        let response = try await transport.send(request)
        return (response.status, (try? JSON.decode(JSONValue.self, from: response.body)) ?? .null)
    }

    /// What somebody with access to the account does there.
    @discardableResult
    func call(_ method: String, _ path: String, _ form: String = "") async throws -> JSONValue {
        let answer = try await send(method, path, token: "sk_test_fixture", type: "application/x-www-form-urlencoded", body: form)
        try #require(answer.status < 300, "\(answer.json)")
        return answer.json
    }

    /// A call of the control interface.
    @discardableResult
    func control(_ method: String, _ path: String, _ body: String = "") async throws -> JSONValue {
        let answer = try await send(method, "/_sandbox" + path, token: Self.controlToken, type: "application/json", body: body)
        try #require(answer.status < 300, "\(answer.json)")
        return answer.json
    }

    /// A customer pays a page.
    func pay(_ page: String, card: String = "4242424242424242") async throws -> Int {
        try await send("POST", page, token: "none", type: "application/x-www-form-urlencoded", body: "card=\(card)").status
    }

    /// A fault that the next matching calls meet.
    func fault(_ rule: String) async throws {
        try await control("POST", "/faults", rule)
    }

    /// The calls that the product made, in order.
    func transcript(_ method: String? = nil, _ path: String? = nil) async throws -> [JSONValue] {
        guard case .array(let entries) = try await control("GET", "/transcript") else { return [] }
        return entries.filter { entry in
            (method == nil || entry["method"]?.stringValue == method) && (path == nil || entry["path"]?.stringValue == path)
        }
    }

    /// What every customer was charged, given back and is owed, as the simulator counts it.
    func ledger() async throws -> [JSONValue] {
        guard case .array(let entries) = try await control("GET", "/ledger") else { return [] }
        return entries
    }
}

extension JSONValue {
    var int: Int64 { if case .integer(let value) = self { value } else { 0 } }
    var list: [JSONValue] { if case .array(let elements) = self { elements } else { [] } }
}

/// Where deliveries arrive: handed on at once, or kept until a test says in which order they come.
final class Mailbag: Sendable {
    struct Letter: Sendable, Hashable {
        let signature: String?
        let body: [UInt8]
    }

    private struct State {
        var intake: (any WebhookReceiving)?
        var isHolding = false
        var isBroken = false
        var held: [Letter] = []
    }

    struct OutOfOrder: Error {}

    private let state = Mutex(State())

    func open(_ intake: any WebhookReceiving) { state.withLock { $0.intake = intake } }

    /// Deliveries are acknowledged and wait.
    func hold() { state.withLock { $0.isHolding = true } }

    /// The endpoint answers nothing but errors, or works again.
    func breakDown(_ isBroken: Bool) { state.withLock { $0.isBroken = isBroken } }

    func take(signature: String?, body: [UInt8]) async throws {
        let intake = try state.withLock { state -> (any WebhookReceiving)? in
            if state.isBroken { throw OutOfOrder() }
            guard !state.isHolding else {
                state.held.append(Letter(signature: signature, body: body))
                return nil
            }
            return state.intake
        }
        _ = try await intake?.receive(signature: signature, body: body)
    }

    /// What came since the last time.
    func empty() -> [Letter] {
        state.withLock { state in
            defer { state.held = [] }
            return state.held
        }
    }

    func handIn(_ letters: [Letter]) async throws {
        let intake = try #require(state.withLock { $0.intake })
        for letter in letters { _ = try await intake.receive(signature: letter.signature, body: letter.body) }
    }
}

/// Random numbers that a seed decides.
struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
