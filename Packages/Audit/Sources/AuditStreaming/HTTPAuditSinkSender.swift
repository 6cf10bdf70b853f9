public import Audit
public import Core
public import Cryptography
public import HTTPClient

/// Posts the lines of sinks to public addresses, signed, and with a token where the receiver wants one (AUD-086).
public struct HTTPAuditSinkSender: AuditSinkSender {
    /// Signs bytes as messages to customers' systems are signed: the id, the instant, the bytes and the secret give header fields.
    public typealias Signing = @Sendable (String, Instant, [UInt8], SecretString) -> [(name: String, value: String)]

    /// What a sink's requests are proved with.
    private struct Secrets: Codable {
        let secret: String
        let bearer: String?
    }

    private let transport: any HTTPTransport
    private let sealer: SecretSealer
    private let rules: DestinationRules
    private let sign: Signing

    /// Makes a sender.
    ///
    /// - Parameters:
    ///   - transport: one that connects to public addresses only.
    ///   - rules: what an address may be.
    public init(transport: any HTTPTransport, sealer: SecretSealer, rules: DestinationRules, signing: @escaping Signing) {
        self.transport = transport
        self.sealer = sealer
        self.rules = rules
        sign = signing
    }

    /// What is wrong with an address by its text; its numbers are looked at when it is connected to.
    public func refusal(of url: String) -> String? { rules.refusal(of: url) }

    /// Seals what the requests of a sink are proved with; it opens for that sink only.
    public func seal(_ secret: SecretString, bearer: SecretString?, for sink: AuditSink.ID) throws -> String {
        let secrets = Secrets(secret: secret.withValue { $0 }, bearer: bearer?.withValue { $0 })
        return try sealer.seal(try JSON.encode(secrets), place: Self.place(sink))
    }

    /// Sends the lines once. Only a status of success means that they have arrived.
    public func send(_ batch: AuditSinkBatch, to sink: AuditSink, at now: Instant) async throws {
        if let reason = rules.refusal(of: sink.target) { throw AuditSinkRefused(reason: reason) }
        let body = batch.bytes
        var headers: ClientHeaders = ["Content-Type": "application/x-ndjson"]
        guard let secrets = secrets(of: sink) else { throw AuditSinkRefused(reason: "the secret of the sink cannot be read") }
        for (name, value) in sign(batch.id, now, body, SecretString(secrets.secret)) { headers.add(name, value) }
        if let bearer = secrets.bearer { headers.add("Authorization", "Bearer \(bearer)") }
        let status: Int
        do {
            status = try await transport.send(ClientRequest("POST", sink.target, headers: headers, body: body)).status
        } catch let error as TransportError {
            throw AuditSinkRefused(reason: error.reason)
        }
        guard (200..<300).contains(status) else { throw AuditSinkRefused(reason: "status \(status)") }
    }

    private func secrets(of sink: AuditSink) -> Secrets? {
        guard let sealed = sink.sealedSecret, let bytes = try? sealer.open(sealed, place: Self.place(sink.id)) else { return nil }
        return try? JSON.decode(Secrets.self, from: bytes)
    }

    private static func place(_ sink: AuditSink.ID) -> String { "audit.sink/\(sink)" }
}
