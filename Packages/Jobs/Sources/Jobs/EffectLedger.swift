/// The memory of calls to the outside: each has a stored key that is the same on every attempt and after every restart.
///
/// A key that was sent and whose outcome is unknown is never sent blindly again: the outcome is read back first.
public protocol EffectLedger: Sendable {
    /// Makes a call once, in effect.
    ///
    /// - Parameters:
    ///   - key: the stable key of the effect; the provider gets it as its idempotency key.
    ///   - destination: whom is called, such as `stripe`.
    ///   - requestHash: a hash of the request; the same key with another request is a defect and throws ``EffectKeyReused``.
    ///   - send: makes the call with the key; runs outside of any transaction.
    ///   - readBack: finds out what became of an earlier call whose outcome is unknown.
    /// - Returns: the response, now or as it was stored before.
    /// - Throws: ``EffectUnresolved`` when the outcome is still unknown, ``EffectRefused`` when the destination refused.
    func perform<Response: Codable & Sendable>(
        _ key: EffectKey, destination: String, requestHash: [UInt8],
        send: @Sendable (EffectKey) async throws -> EffectOutcome<Response>,
        readBack: @Sendable (EffectKey) async throws -> EffectOutcome<Response>
    ) async throws -> Response
}

/// The stable key of one effect.
public struct EffectKey: Hashable, Sendable, RawRepresentable, CustomStringConvertible {
    /// At most 255 characters, without personal data.
    public let rawValue: String

    /// Takes a key.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The key.
    public var description: String { rawValue }
}

/// What a call came to.
public enum EffectOutcome<Response: Sendable>: Sendable {
    /// It was done, with this response.
    case succeeded(Response)
    /// It was definitively not done, and will not be by trying again.
    case refused(code: String)
    /// It was not sent; it may be tried again with the same key.
    case notSent(retryAfter: Duration?)
    /// It may or may not have been done.
    case unknown
}

/// A destination refused for good.
public struct EffectRefused: Error, Hashable, Sendable {
    /// Why, in the destination's word.
    public let code: String

    /// Names the refusal.
    public init(code: String) {
        self.code = code
    }
}

/// An effect whose outcome is not known yet, or that could not be sent; the job comes back to it.
public struct EffectUnresolved: Error, Hashable, Sendable {
    /// The key.
    public let key: EffectKey
    /// When the destination wants to be asked again.
    public let retryAfter: Duration?

    /// Names the effect.
    public init(key: EffectKey, retryAfter: Duration?) {
        self.key = key
        self.retryAfter = retryAfter
    }
}

/// One key for two different requests: a defect, never retried blindly.
public struct EffectKeyReused: Error, Hashable, Sendable {
    /// The key.
    public let key: EffectKey

    /// Names the key.
    public init(key: EffectKey) {
        self.key = key
    }
}
