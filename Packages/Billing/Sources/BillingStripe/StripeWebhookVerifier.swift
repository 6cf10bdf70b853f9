public import Billing
public import Core
internal import Cryptography

/// Tells whether a delivery was signed by Stripe, not long ago, with one of our secrets (stripe.md, section 4).
public struct StripeWebhookVerifier: WebhookVerifying, Sendable {
    /// How far the time of a signature may lie before or after now.
    public static let tolerance: Duration = .minutes(5)
    static let maximumHeaderBytes = 8 * 1_024
    static let maximumParts = 16

    private struct Key: Sendable {
        let bytes: SecretBytes
        /// When a former secret counts no more.
        let until: Instant?
    }

    private let keys: [Key]

    /// Takes the secrets of the endpoint: the present one and, while it is being rolled, the old one.
    ///
    /// A former one may end with `@` and the instant from which it counts no more: `whsec_…@2027-01-15T09:00:00Z` (STR-028).
    ///
    /// - Throws: ``StripeConfigurationError/unusableWebhookSecret`` when there is none, or one is empty or has another prefix (STR-048).
    public init(secrets: [SecretString]) throws(StripeConfigurationError) {
        guard !secrets.isEmpty else { throw .unusableWebhookSecret }
        var keys: [Key] = []
        for secret in secrets {
            let (plain, ending) = Self.parts(of: secret)
            let until = ending.flatMap { Instant($0) }
            let isUsable = plain.withValue { text in
                text.hasPrefix("whsec_") && text.utf8.count > "whsec_".utf8.count && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
            }
            guard isUsable, (ending == nil) == (until == nil) else { throw .unusableWebhookSecret }
            keys.append(Key(bytes: SecretBytes(utf8: plain), until: until))
        }
        self.keys = keys
    }

    /// A secret as the provider gave it, without the instant that may stand behind it, and that instant's text.
    public static func parts(of secret: SecretString) -> (secret: SecretString, until: String?) {
        secret.withValue { text in
            let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return (secret, nil) }
            return (SecretString(String(parts[0])), String(parts[1]))
        }
    }

    /// Verifies the untouched bytes of a delivery.
    public func verify(signature: String?, body: [UInt8], now: Instant) throws(WebhookRejection) -> VerifiedEvent {
        guard let signature, !signature.isEmpty else { throw .missingSignature }
        let header = try SignatureHeader(signature)
        let signed = Array("\(header.time).".utf8) + body
        let counting = keys.filter { key in key.until.map { now < $0 } ?? true }
        let expected = counting.map { Array(Hex.encode(HMACSHA256.code(for: signed, key: $0.bytes)).utf8) }
        guard Self.hasMatch(header.candidates, expected) else { throw .invalidSignature }
        let age = now - Instant(secondsSinceEpoch: header.time)
        guard age <= Self.tolerance, age >= .zero - Self.tolerance else { throw .untimely }
        return try StripeEventEnvelope.event(in: body)
    }

    /// Compares every candidate with every expected signature, also after one has matched: the time taken tells nothing about which one
    /// did, or where one that did not differs (STR-051).
    ///
    /// - Parameter isEqual: the comparison, whose time must not depend on the bytes.
    static func hasMatch(
        _ candidates: [[UInt8]], _ expected: [[UInt8]], isEqual: ([UInt8], [UInt8]) -> Bool = { constantTimeEqual($0, $1) }
    ) -> Bool {
        var matches = 0
        for signature in expected {
            for candidate in candidates { matches += isEqual(candidate, signature) ? 1 : 0 }
        }
        return matches > 0
    }
}

/// The parts of a `Stripe-Signature` header.
private struct SignatureHeader {
    let time: Int64
    let candidates: [[UInt8]]

    init(_ text: String) throws(WebhookRejection) {
        guard text.utf8.count <= StripeWebhookVerifier.maximumHeaderBytes else { throw .invalidSignature }
        let parts = text.split(separator: ",", maxSplits: StripeWebhookVerifier.maximumParts, omittingEmptySubsequences: false)
        guard parts.count <= StripeWebhookVerifier.maximumParts else { throw .invalidSignature }
        var times: Set<Int64> = []
        var candidates: [[UInt8]] = []
        for part in parts {
            guard let mark = part.firstIndex(of: "=") else { continue }
            let value = part[part.index(after: mark)...]
            switch part[..<mark] {
            case "t":
                guard let time = Self.time(value) else { throw .invalidSignature }
                times.insert(time)
            case "v1": candidates.append(Array(value.utf8))
            default: break
            }
        }
        guard times.count == 1, let time = times.first, !candidates.isEmpty else { throw .invalidSignature }
        self.time = time
        self.candidates = candidates
    }

    private static func time(_ text: Substring) -> Int64? {
        guard (1...12).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int64(text)
    }
}

/// What the body of a verified delivery says about itself.
enum StripeEventEnvelope {
    static func event(in body: [UInt8]) throws(WebhookRejection) -> VerifiedEvent {
        guard let envelope = try? StripeObject(body: body) else { throw .notAnEvent }
        return try event(of: envelope)
    }

    static func event(of envelope: StripeObject) throws(WebhookRejection) -> VerifiedEvent {
        guard let id = envelope.optionalString("id"), !id.isEmpty,
            let type = envelope.optionalString("type"), !type.isEmpty, id.utf8.count <= 255, type.utf8.count <= 255
        else { throw .notAnEvent }
        let object = envelope.optionalObject("data")?.optionalObject("object") ?? envelope.optionalObject("related_object")
        return VerifiedEvent(
            provider: "stripe", id: ProviderID(id), type: type, apiVersion: envelope.optionalString("api_version"),
            livemode: envelope.bool("livemode"), created: created(envelope), objectID: object?.optionalID("id"),
            objectType: object?.optionalString("object") ?? object?.optionalString("type"), references: references(object))
    }

    private static func created(_ envelope: StripeObject) -> Instant {
        envelope.optionalInstant("created") ?? envelope.optionalString("created").flatMap { Instant($0) } ?? Instant(secondsSinceEpoch: 0)
    }

    private static func references(_ object: StripeObject?) -> InboundEvent.References {
        guard let object else { return InboundEvent.References() }
        let kind = object.optionalString("object")
        let parent = object.optionalObject("parent")?.optionalObject("subscription_details")
        return InboundEvent.References(
            customer: kind == "customer" ? object.optionalID("id") : object.optionalID("customer"),
            subscription: kind == "subscription"
                ? object.optionalID("id")
                : parent?.optionalID("subscription") ?? object.optionalID("subscription") ?? object.optionalID("released_subscription"),
            payment: payment(object, kind),
            // Present versions name it in payments of invoices alone; older ones in charges and intents too.
            invoice: kind == "invoice" ? nil : object.optionalID("invoice"))
    }

    private static func payment(_ object: StripeObject, _ kind: String?) -> ProviderID? {
        switch kind {
        case "charge", "refund", "dispute": object.optionalID("payment_intent")
        case "payment_intent": object.optionalID("id")
        case "invoice_payment": object.optionalObject("payment")?.optionalID("payment_intent")
        default: nil
        }
    }
}
