public import Core
internal import EventLoops
internal import Synchronization

/// Makes and checks password hashes with Argon2id, off the threads that serve requests.
///
/// A run costs tens of milliseconds and megabytes, so only so many callers may wait; the next is refused at once instead of queued for ever.
public final class PasswordHasher: Sendable {
    /// What a check found.
    public enum Verdict: Sendable, Hashable {
        /// The password is the one; when `isOutdated`, it should be hashed again with the present parameters (SEC-076).
        case matches(isOutdated: Bool)
        /// It is another.
        case differs
    }

    /// The parameters of new hashes.
    public let parameters: PasswordHash.Parameters
    private let peppers: KeyRing?
    private let maximumWaiting: Int
    private let waiting = Mutex(0)
    private let source: any RandomSource

    /// Makes a hasher.
    ///
    /// - Parameter parameters: of new hashes; existing ones are checked with their own.
    /// - Parameter peppers: keys mixed into each hash, so that a stolen table alone is of no use; the newest is used for new hashes.
    /// - Parameter maximumWaiting: how many calls may be under way at once before ``PasswordHasherBusy`` is thrown.
    /// - Throws: ``CryptographyError/malformed(_:)`` for parameters that Argon2id or this process cannot bear.
    public init(
        parameters: PasswordHash.Parameters = .floor, peppers: KeyRing? = nil, maximumWaiting: Int = 64,
        from source: any RandomSource = SystemRandomSource()
    ) throws(CryptographyError) {
        guard parameters.isBearable else { throw .malformed("of the password parameters is out of range") }
        self.parameters = parameters
        self.peppers = peppers
        self.maximumWaiting = maximumWaiting
        self.source = source
    }

    /// Hashes a new password under a new salt of 16 bytes.
    ///
    /// - Throws: ``PasswordHasherBusy`` when too many calls are under way.
    public func hash(_ password: SecretString) async throws -> PasswordHash {
        let salt = source.bytes(count: 16)
        let pepper = peppers?.newest
        let parameters = parameters
        let tag = try await queued {
            try Argon2.tag(password: password.utf8Bytes, salt: salt, secret: pepper?.secret, parameters: parameters)
        }
        return PasswordHash(parameters: parameters, pepperID: pepper?.id, salt: salt, tag: tag)
    }

    /// Checks a password against a stored hash, in a time that depends on the hash's parameters only.
    ///
    /// - Throws: ``PasswordHasherBusy`` when too many calls are under way; ``CryptographyError/invalidKey(_:)`` when the hash names a
    ///   pepper that is not configured.
    public func verify(_ password: SecretString, against hash: PasswordHash) async throws -> Verdict {
        let pepper = try hash.pepperID.map { (id: String) throws(CryptographyError) in
            guard let key = peppers?.key(named: id) else { throw .invalidKey("of the pepper \(id) is not configured") }
            return key.secret
        }
        let tag = try await queued {
            try Argon2.tag(
                password: password.utf8Bytes, salt: hash.salt, secret: pepper, parameters: hash.parameters, count: hash.tag.count)
        }
        guard constantTimeEqual(tag, hash.tag) else { return .differs }
        return .matches(isOutdated: hash.parameters != parameters || hash.pepperID != peppers?.newest.id)
    }

    /// Spends the time of a check for an account that does not exist, so that the answer's time does not tell.
    ///
    /// - Throws: ``PasswordHasherBusy`` when too many calls are under way.
    public func verifyAgainstNothing(_ password: SecretString) async throws {
        _ = try await hash(password)
    }

    private func queued<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        let isAdmitted = waiting.withLock { count in
            guard count < maximumWaiting else { return false }
            count += 1
            return true
        }
        guard isAdmitted else { throw PasswordHasherBusy() }
        defer { waiting.withLock { $0 -= 1 } }
        return try await offload(work)
    }
}

/// Too many passwords are being hashed or waiting to be; the caller should come back in a second.
public struct PasswordHasherBusy: Error, Hashable, Sendable {
    /// Makes the error.
    public init() {}
}

extension SecretString {
    fileprivate var utf8Bytes: [UInt8] { withValue { Array($0.utf8) } }
}
