public import Core
internal import Synchronization

/// Verifies tokens, and remembers those whose signature was good, so that one that comes again costs a digest in place of a signature.
///
/// What is remembered is only what time does not change. Each use looks again at the token's times and at whether its key is still trusted. A token is
/// found by the SHA-256 of its whole text: one that differs in a single character is another one. Tokens that were refused are not remembered, and of
/// good ones at most `limit`: those that were not used for longest make room. Whether a session was ended is not known here; the session's row says it.
public final class VerifiedTokens<Claims: Decodable & Sendable>: Sendable {
    private struct Entry: Sendable {
        let keyID: String
        let times: JSONWebTokens.Times
        let claims: Claims
    }

    private struct Digest: Hashable, Sendable {
        let words: (UInt64, UInt64, UInt64, UInt64)

        init(of bytes: [UInt8]) {
            let digest = SHA256.digest(of: bytes)
            func word(_ index: Int) -> UInt64 { digest[index * 8..<index * 8 + 8].reduce(0) { $0 << 8 | UInt64($1) } }
            words = (word(0), word(1), word(2), word(3))
        }

        static func == (left: Self, right: Self) -> Bool { left.words == right.words }

        func hash(into hasher: inout Hasher) {
            hasher.combine(words.0)
            hasher.combine(words.1)
            hasher.combine(words.2)
            hasher.combine(words.3)
        }
    }

    /// Two halves: when the newer one is full it becomes the older one, and what that held and nobody used since is forgotten.
    private struct Memory: Sendable {
        var newer: [Digest: Entry] = [:]
        var older: [Digest: Entry] = [:]

        mutating func find(_ digest: Digest, half: Int) -> Entry? {
            if let entry = newer[digest] { return entry }
            guard let entry = older.removeValue(forKey: digest) else { return nil }
            insert(entry, for: digest, half: half)
            return entry
        }

        mutating func insert(_ entry: Entry, for digest: Digest, half: Int) {
            if newer.count >= half {
                older = newer
                newer = [:]
            }
            newer[digest] = entry
        }
    }

    private let tokens: JSONWebTokens
    private let half: Int
    private let memory = Mutex(Memory())

    /// Makes a verifier.
    ///
    /// - Parameter limit: how many tokens are remembered at most, at least 2; one takes about half a kilobyte.
    public init(_ tokens: JSONWebTokens, limit: Int = 8_192) {
        self.tokens = tokens
        half = max(1, limit / 2)
    }

    /// How many tokens are remembered at this moment.
    public var count: Int { memory.withLock { $0.newer.count + $0.older.count } }

    /// Verifies a token and reads its claims.
    ///
    /// - Parameters:
    ///   - grace: how long after its end the token is still taken.
    ///   - isTrusted: whether the key of a name is trusted now; a token of one that is not has an unknown key.
    /// - Throws: ``JSONWebTokenError``
    public func claims(
        of token: String, now: Instant, acceptingExpiredFor grace: Duration = .zero, trusting isTrusted: (String) -> Bool
    ) throws(JSONWebTokenError) -> Claims {
        guard token.utf8.count <= JSONWebTokens.maximumLength else { throw .malformed }
        let bytes = Array(token.utf8)
        let digest = Digest(of: bytes)
        if let entry = memory.withLock({ $0.find(digest, half: half) }) {
            try check(entry.keyID, entry.times, isTrusted, now, grace)
            return entry.claims
        }
        let verified = try tokens.verified(bytes, as: Claims.self)
        try check(verified.keyID, verified.times, isTrusted, now, grace)
        let claims = try verified.claims.get()
        let entry = Entry(keyID: verified.keyID, times: verified.times, claims: claims)
        memory.withLock { $0.insert(entry, for: digest, half: half) }
        return claims
    }

    private func check(
        _ keyID: String, _ times: JSONWebTokens.Times, _ isTrusted: (String) -> Bool, _ now: Instant, _ grace: Duration
    ) throws(JSONWebTokenError) {
        guard isTrusted(keyID) else { throw .unknownKey }
        try tokens.check(times, now: now, grace: grace)
    }
}
