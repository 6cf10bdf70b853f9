public import Core
public import Identity
public import Postgres

/// The captchas of the last ten minutes, by digest (ID-054).
public struct PostgresCaptchaLedger: CaptchaLedger {
    private let client: PostgresClient

    /// Takes the client of the process.
    public init(client: PostgresClient) {
        self.client = client
    }

    /// The unique key decides between callers at the same moment. Uses that are over are removed by the way.
    public func claim(_ digest: SecretDigest, at now: Instant) async throws -> Bool {
        let rows = try await client.query(
            """
            WITH over AS (DELETE FROM identity.captcha_use WHERE used_at <= \(now - .minutes(10)) AND token_hash <> \(digest.bytes))
            INSERT INTO identity.captcha_use AS c (token_hash, used_at) VALUES (\(digest.bytes), \(now))
            ON CONFLICT (token_hash) DO UPDATE SET used_at = excluded.used_at WHERE c.used_at <= \(now - .minutes(10))
            RETURNING 1 AS claimed
            """, scope: .system)
        return !rows.isEmpty
    }

    /// One statement.
    public func release(_ digest: SecretDigest) async throws {
        try await client.execute("DELETE FROM identity.captcha_use WHERE token_hash = \(digest.bytes)", scope: .system)
    }
}
