import Core
import HTTPServer
import RateLimits
import Synchronization
import Testing

/// Routes behind limits, without a socket.
struct Stand {
    var router: Router
    let clock: SteppedDateSource
    let told = Told()

    init(
        _ settings: RateLimitSettings = RateLimitSettings(), strict: (any StrictBuckets)? = nil,
        clock: SteppedDateSource = SteppedDateSource(startingAt: Instant(secondsSinceEpoch: 1_800_000_000))
    ) {
        self.clock = clock
        router = Router(dateSource: clock)
        router.use(RateLimiting(settings, strict: strict, dateSource: clock, observer: told))
    }

    mutating func add(
        _ path: String, _ category: RouteCategory, method: HTTPServer.Method = .get,
        _ handler: @escaping Router.Handler = { _ in .text("ok") }
    ) {
        router.add(method, path, category: category, handler)
    }

    /// A route that believes the number in the key: `key-7` is the key 7 of the org 7, every other text is nobody's.
    mutating func addKnown(_ path: String, _ category: RouteCategory, method: HTTPServer.Method = .get) {
        add(path, category, method: method) { request in
            guard let text = request.headers["X-API-Key"], text.hasPrefix("key-"), let number = UInt64(text.dropFirst(4)) else {
                throw Problem(status: .unauthorized, code: "API_KEY_INVALID", detail: "no")
            }
            try await request.gate?.admit(
                Caller(.apiKey, high: 0, low: number), of: Caller(.user, high: 0, low: number % 100),
                actingFor: Caller(.org, high: 0, low: number % 10))
            // Of graphs, a key has access to the one of its own last figure.
            if let graph = request.pathParameters["graph_id"].flatMap({ UInt64($0) }) {
                guard graph == number % 10 else { throw Problem(status: .notFound, code: "NOT_FOUND", detail: "no") }
                try await request.gate?.admit(graph: Caller(.graph, high: 0, low: graph), tier: "ladybug-standard")
            }
            return .text("known")
        }
    }

    func call(
        _ target: String, from address: String = "203.0.113.7", key: String? = nil, method: HTTPServer.Method = .get
    ) async throws -> Response {
        let request = try #require(
            Request(
                method: method, target: target, headers: key.map { ["X-API-Key": $0] } ?? [:], remoteAddress: address,
                id: RequestID.make(at: clock.now)))
        return await router.respond(to: request)
    }

    func statuses(_ count: Int, _ target: String, from address: String = "203.0.113.7", key: String? = nil) async throws -> [Int] {
        var statuses: [Int] = []
        for _ in 0..<count { statuses.append(try await call(target, from: address, key: key).status.rawValue) }
        return statuses
    }
}

final class Told: RefusalObserver {
    private let refusals = Mutex<[Refusal]>([])
    var all: [Refusal] { refusals.withLock { $0 } }
    func refused(_ refusal: Refusal) async { refusals.withLock { $0.append(refusal) } }
}

extension Response {
    var text: String { if case .bytes(let bytes) = body { String(decoding: bytes, as: UTF8.self) } else { "" } }
}
