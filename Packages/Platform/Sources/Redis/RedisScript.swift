internal import Cryptography

/// A script that the server does as one step, between the commands of all others.
public struct RedisScript: Sendable {
    let source: String
    /// The name under which the server keeps it.
    let digest: String

    /// Takes a script in Lua 5.1.
    public init(_ source: String) {
        self.source = source
        digest = Hex.encode(SHA1.digest(of: Array(source.utf8)))
    }
}

extension RedisClient {
    /// Does a script by its name; a server that does not have it, for it was started anew, is given it.
    ///
    /// - Throws: ``RedisError``, also when the script fails.
    public func evaluate(_ script: RedisScript, keys: [String], arguments: [String]) async throws(RedisError) -> RedisReply {
        let rest = [String(keys.count)] + keys + arguments
        let reply = try await send(RedisCommand(["EVALSHA", script.digest] + rest))
        guard case .refusal("NOSCRIPT", _) = reply else { return try Self.accepted(reply) }
        return try Self.accepted(try await send(RedisCommand(["EVAL", script.source] + rest)))
    }

    static func accepted(_ reply: RedisReply) throws(RedisError) -> RedisReply {
        if case .refusal(_, let sentence) = reply { throw .refused(sentence) }
        return reply
    }
}
