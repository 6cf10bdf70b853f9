internal import Core
internal import EventLoops
internal import HTTPServer

/// Answers everything under `/v1` as Stripe's API does, faults included.
struct APIMiddleware: Middleware {
    let simulator: StripeSimulator
    let loop: EventLoop

    /// Makes the connection break: the server does not end an answer whose writing failed.
    private struct Cut: Error {}

    func handle(_ request: Request, next: @Sendable (Request) async throws -> Response) async throws -> Response {
        guard request.path.hasPrefix("/v1/") else { return try await next(request) }
        let admitted: AdmittedRequest
        switch simulator.admit(APIRequest(request)) {
        case .answered(let answer): return answer.response
        case .admitted(let value): admitted = value
        }
        guard let fault = admitted.fault else { return simulator.execute(admitted).response }
        let pause = Duration.milliseconds(Int64((fault.seconds ?? 1) * 1_000))
        switch fault.kind {
        case .delay:
            do { try await loop.sleep(for: pause) } catch {
                simulator.abandon(admitted)
                throw error
            }
            return simulator.execute(admitted).response
        case .cutBefore:
            simulator.abandon(admitted)
            return Self.broken([])
        case .cutAfter:
            _ = simulator.execute(admitted)
            return Self.broken([])
        case .cutBody:
            let body = simulator.execute(admitted).body
            return Self.broken(Array(body.prefix(body.count / 2)))
        case .silence:
            simulator.abandon(admitted)
            try await loop.sleep(for: max(pause, .seconds(120)))
            return Self.broken([])
        case .html:
            simulator.abandon(admitted)
            return .html("<html><body><h1>502 Bad Gateway</h1></body></html>", status: Status(rawValue: fault.status ?? 502))
        case .error, .errorAfter: return simulator.execute(admitted).response
        }
    }

    private static func broken(_ bytes: [UInt8]) -> Response {
        Response(
            status: .ok, headers: ["Content-Type": "application/json"],
            body: .stream { writer in
                if !bytes.isEmpty { try await writer.write(bytes) }
                throw Cut()
            })
    }
}

extension APIRequest {
    init(_ request: Request) {
        let raw = request.query.items.map { "\(FormEncoder.encode($0.name))=\(FormEncoder.encode($0.value))" }.joined(separator: "&")
        self.init(
            method: request.method.rawValue, path: request.path, query: request.query, rawQuery: raw, body: request.body,
            authorization: request.headers["Authorization"], idempotencyKey: request.headers["Idempotency-Key"],
            version: request.headers["Stripe-Version"], contentType: request.headers["Content-Type"],
            userAgent: request.headers["User-Agent"])
    }
}
