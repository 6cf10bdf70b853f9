public import Core
public import Cryptography
public import HTTPClient
public import Notifications

/// Seals the secrets of endpoints, signs messages with them and sends them to public addresses only (NOT-188).
public struct HTTPWebhookSender: WebhookSending, WebhookSecretKeeping {
    /// How much of an answer is kept.
    public static let maximumAnswer = 16 * 1_024

    private let transport: any HTTPTransport
    private let sealer: SecretSealer
    private let rules: DestinationRules

    /// Makes a sender.
    ///
    /// - Parameter transport: one made with ``transportConfiguration(_:)``, so that it connects to public addresses only.
    /// - Parameter rules: what a URL may be.
    public init(transport: any HTTPTransport, sealer: SecretSealer, rules: DestinationRules) {
        self.transport = transport
        self.sealer = sealer
        self.rules = rules
    }

    /// 15 seconds for all, 5 for the connection, 16 KiB of the answer.
    public static func transportConfiguration(_ rules: DestinationRules) -> CurlTransport.Configuration {
        var configuration = CurlTransport.Configuration()
        configuration.connectTimeout = .seconds(5)
        configuration.totalTimeout = .seconds(15)
        configuration.idleTimeout = .seconds(15)
        configuration.maximumBodyBytes = maximumAnswer
        configuration.cutsLongBodies = true
        configuration.connectsToPublicAddressesOnly = !rules.allowsLoopback
        configuration.allowsPlainLoopback = rules.allowsLoopback
        configuration.userAgent = "Trellis-Webhooks/1.0"
        return configuration
    }

    /// A new secret and its sealed form, which opens in the row of its endpoint only.
    public func makeSecret(for endpoint: WebhookEndpoint.ID) throws -> (secret: SecretString, sealed: String) {
        let secret = StandardWebhook.makeSecret()
        let sealed = try secret.withValue { try sealer.seal(Array($0.utf8), place: Self.place(endpoint)) }
        return (secret, sealed)
    }

    /// What is wrong with a URL by its text; its addresses are looked at when it is connected to.
    public func refusal(of url: String) -> String? { rules.refusal(of: url) }

    /// By what is written; the numbers that a name leads to are looked at when a connection is made.
    public func leadsInside(_ url: String) -> Bool { rules.leadsInside(url) }

    /// Signs the bytes as they stand and sends them once.
    public func send(_ delivery: WebhookDelivery, at now: Instant) async -> WebhookAnswer {
        if let reason = rules.refusal(of: delivery.endpoint.url) { return .failure(reason: reason) }
        let body = Array(delivery.message.payload.utf8)
        let secrets = delivery.secrets.compactMap { sealed in
            (try? sealer.open(sealed, place: Self.place(delivery.endpoint.id))).map { SecretString(String(decoding: $0, as: UTF8.self)) }
        }
        guard !secrets.isEmpty else { return .failure(reason: "no secret of the endpoint can be read") }
        var headers: ClientHeaders = ["Content-Type": "application/json"]
        for (name, value) in StandardWebhook.headers(id: delivery.message.id.description, at: now, body: body, secrets: secrets) {
            headers.add(name, value)
        }
        if delivery.replays > 0 { headers.add("webhook-replay", String(delivery.replays)) }
        do {
            let response = try await transport.send(ClientRequest("POST", delivery.endpoint.url, headers: headers, body: body))
            return .status(response.status, body: Self.text(response.body), retryAfter: response.headers["Retry-After"].flatMap(Self.wait))
        } catch let error as TransportError {
            return .failure(reason: error.reason)
        } catch {
            return .failure(reason: "the attempt was given up")
        }
    }

    /// What PostgreSQL can keep of an answer.
    private static func text(_ body: [UInt8]) -> String {
        String(
            String(decoding: body.prefix(maximumAnswer), as: UTF8.self).unicodeScalars.filter { $0.value != 0 }.prefix(maximumAnswer).map(
                Character.init))
    }

    private static func wait(_ text: String) -> Duration? {
        Int64(text).flatMap { $0 >= 0 ? .seconds($0) : nil }
    }

    private static func place(_ endpoint: WebhookEndpoint.ID) -> String { "notifications.webhook_secret/\(endpoint)" }
}
