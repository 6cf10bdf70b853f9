public import Billing
public import Core
internal import Cryptography
public import HTTPClient
public import Observability

/// Makes and mends the endpoint that tells this installation of events, and rolls its secret (STR-028).
///
/// A secret is rolled by a second endpoint at the same address: both are told of every event, which is taken in once, until the former one
/// is dropped, at the latest a day later.
public struct StripeEndpointKeeper: Sendable {
    /// How long a former secret counts.
    public static let overlap: Duration = .hours(24)
    private static let path = "/v1/webhook_endpoints"
    private static let mark = "trellis_former_until"

    /// What was done.
    public enum Repair: Sendable {
        /// There was none: this is the secret of the new one, which is shown this once.
        case made(secret: SecretString)
        /// It was of another version, which cannot be changed: this is the secret of the one in its place.
        case replaced(secret: SecretString)
        /// It was switched off, or did not tell of everything.
        case mended
        /// It was as it should be.
        case asItShould
    }

    private let provider: StripePaymentProvider
    private let dateSource: any DateSource

    /// Keeps the endpoint of an account.
    public init(configuration: StripeConfiguration, transport: any HTTPTransport, dateSource: any DateSource, log: Log) {
        provider = StripePaymentProvider(configuration: configuration, transport: transport, log: log)
        self.dateSource = dateSource
    }

    /// Makes the endpoint of an address, or brings it to the pinned version and exactly the events that something follows from; drops former
    /// ones whose day is over. A second run finds nothing to do.
    ///
    /// - Throws: ``ProviderFailure``; what was done until then stays done.
    public func repair(at address: String) async throws(ProviderFailure) -> Repair {
        try await dropFormer(at: address, all: false)
        guard let present = try await present(at: address) else { return .made(secret: try await make(at: address)) }
        guard present.optionalString("api_version") == StripeConfiguration.apiVersion else {
            return .replaced(secret: try await replace(present, at: address))
        }
        let told = present.value("enabled_events")?.arrayValue?.compactMap(\.stringValue) ?? []
        let isWhole = told.sorted() == StripeEndpointCheck.neededEvents.sorted()
        guard !isWhole || present.optionalString("status") == "disabled" else { return .asItShould }
        _ = try await send("POST", Self.path + "/\(id(of: present))", [("enabled_events", events), ("disabled", false)])
        return .mended
    }

    /// Gives the endpoint of an address another secret; the former one counts for a day, or until it is dropped.
    ///
    /// - Returns: the new secret, which is shown this once.
    /// - Throws: ``ProviderFailure``.
    public func roll(at address: String) async throws(ProviderFailure) -> SecretString {
        // Two at most: what was rolled before is over with this.
        try await dropFormer(at: address, all: true)
        guard let present = try await present(at: address) else { return try await make(at: address) }
        return try await replace(present, at: address)
    }

    /// Drops the former endpoints of an address: all, or those whose day is over.
    ///
    /// - Returns: how many.
    /// - Throws: ``ProviderFailure``.
    @discardableResult
    public func dropFormer(at address: String, all: Bool) async throws(ProviderFailure) -> Int {
        var dropped = 0
        for endpoint in try await endpoints(at: address) {
            guard let until = formerUntil(endpoint), all || until <= dateSource.now else { continue }
            _ = try await send("DELETE", Self.path + "/\(id(of: endpoint))", [])
            dropped += 1
        }
        return dropped
    }

    // MARK: One endpoint

    private func endpoints(at address: String) async throws(ProviderFailure) -> [StripeObject] {
        let all = try await provider.all(Self.path, [], budget: .job) { (object) throws(StripeShapeError) in object }
        return all.filter { $0.optionalString("url") == address }
    }

    /// The newest that is no former one.
    private func present(at address: String) async throws(ProviderFailure) -> StripeObject? {
        try await endpoints(at: address).first { formerUntil($0) == nil }
    }

    private func formerUntil(_ endpoint: StripeObject) -> Instant? {
        endpoint.optionalObject("metadata")?.optionalString(Self.mark).flatMap { Int64($0) }.map { Instant(secondsSinceEpoch: $0) }
    }

    private func replace(_ present: StripeObject, at address: String) async throws(ProviderFailure) -> SecretString {
        let secret = try await make(at: address)
        let until = String((dateSource.now + Self.overlap).secondsSinceEpoch)
        _ = try await send("POST", Self.path + "/\(id(of: present))", [("metadata", .map([(Self.mark, .string(until))]))])
        return secret
    }

    private func make(at address: String) async throws(ProviderFailure) -> SecretString {
        let made = try await send(
            "POST", Self.path,
            [
                ("url", .string(address)), ("api_version", .string(StripeConfiguration.apiVersion)), ("enabled_events", events),
                ("description", "Trellis"),
            ])
        guard let secret = made.optionalString("secret") else {
            throw ProviderFailure(kind: .unreadable, detail: "an endpoint without a secret")
        }
        return SecretString(secret)
    }

    private var events: FormValue { .list(StripeEndpointCheck.neededEvents.map(FormValue.string)) }

    private func id(of endpoint: StripeObject) -> String { StripeForm.escapePath(endpoint.optionalString("id") ?? "") }

    /// A key of its own for each call: what is retried inside of it makes one endpoint.
    private func send(
        _ method: String, _ path: String, _ fields: [(String, FormValue)]
    ) async throws(ProviderFailure) -> StripeObject {
        let request = ProviderRequest(method: method, path: path, body: StripeForm.encode(fields))
        let key = method == "POST" ? IdempotencyKey("endpoint:\(RequestID.make(at: dateSource.now))") : nil
        switch StripeVerdict(await provider.client.send(request, key: key, budget: .job)) {
        case .succeeded(let success): return success.object
        case .refused(let refusal): throw ProviderFailure(kind: .refused, detail: refusal.code)
        case .retryLater(let failure), .unknown(let failure): throw failure
        }
    }
}
