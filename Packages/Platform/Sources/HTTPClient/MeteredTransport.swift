public import Observability
internal import Synchronization

/// Counts the calls of a provider by kind and outcome, and measures how long they took (ADM-061).
public final class MeteredTransport: HTTPTransport, Sendable {
    private struct Key: Hashable {
        let kind: String
        let outcome: String
    }

    /// The most kinds that are told apart; further ones are one.
    static let maximumKinds = 64

    private let transport: any HTTPTransport
    private let metrics: Metrics
    private let provider: String
    private let counters = Mutex<[Key: Counter]>([:])
    private let kinds = Mutex<Set<String>>([])
    private let durations: Histogram

    /// Stands before a transport to one provider.
    public init(_ transport: any HTTPTransport, provider: String, metrics: Metrics) {
        self.transport = transport
        self.metrics = metrics
        self.provider = provider
        durations = metrics.histogram(
            "trellis_provider_call_seconds", help: "How long calls of a provider took.", labels: [Label("provider", provider)])
    }

    /// Sends a request and notes what came of it.
    public func send(_ request: ClientRequest) async throws -> ClientResponse {
        let began = ContinuousClock.now
        let kind = kind(of: request)
        do {
            let response = try await transport.send(request)
            note(kind, "\(min(max(response.status / 100, 1), 5))xx", began)
            return response
        } catch {
            note(kind, error is CancellationError ? "canceled" : "failed", began)
            throw error
        }
    }

    /// The method and the first word of the path behind its version, such as `POST subscriptions`: ids never stand there.
    private func kind(of request: ClientRequest) -> String {
        let path = request.url.split(separator: "/").dropFirst(2).map { $0.prefix { $0 != "?" } }
        let word = path.first { !Self.isVersion($0) && $0.utf8.allSatisfy { (97...122).contains($0) || $0 == 95 } } ?? "other"
        let kind = "\(request.method) \(word.prefix(32))"
        return kinds.withLock { kinds in
            guard kinds.count < Self.maximumKinds || kinds.contains(kind) else { return "other" }
            kinds.insert(kind)
            return kind
        }
    }

    private static func isVersion(_ word: Substring) -> Bool { word.first == "v" && word.dropFirst().allSatisfy(\.isNumber) }

    private func note(_ kind: String, _ outcome: String, _ began: ContinuousClock.Instant) {
        let counter = counters.withLock { counters in
            let key = Key(kind: kind, outcome: outcome)
            if let known = counters[key] { return known }
            let made = metrics.counter(
                "trellis_provider_calls_total", help: "Calls of a provider, by kind and outcome.",
                labels: [Label("kind", kind), Label("outcome", outcome), Label("provider", provider)])
            counters[key] = made
            return made
        }
        counter.increment()
        durations.record(began.duration(to: .now))
    }
}
