public import Core
public import Identity
internal import Postgres

extension PostgresIdentityStoring {
    /// Uses the canary's key by the function that authenticates everybody, then by the one that serves pending cases.
    public func probeActivity(at now: Instant) async throws -> ActivityProbe {
        let canary = try await canary(at: now)
        var finding: String?
        do {
            finding = try await fault(of: canary, at: now)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            finding = "the use could not be written: \(errorChain(error))"
        }
        let probe = ActivityProbe(at: now, finding: finding)
        try await client.execute(
            "UPDATE identity.activity_canary SET probed_at = \(now), is_green = \(probe.isGreen), finding = \(finding)", scope: .system)
        return probe
    }

    /// What the last probe stored.
    public func latestActivityProbe() async throws -> ActivityProbe? {
        try await client.query("SELECT probed_at, finding FROM identity.activity_canary WHERE probed_at IS NOT NULL", scope: .system)
            .first.map { ActivityProbe(at: try $0.decode("probed_at"), finding: try $0.decode("finding", as: String?.self)) }
    }

    /// What is wrong; `nil` for nothing. Uses lag a minute at most (ID-077), and not at all while a case is pending.
    private func fault(of canary: Canary, at now: Instant) async throws -> String? {
        let rows = try await client.queryBriefly(
            """
            SELECT user_id FROM identity.authenticate(
                NULL::uuid, NULL::integer, \(canary.digest), NULL::uuid, NULL::text, true, \(now))
            """)
        guard try rows.first?.decode("user_id", as: User.ID.self) == canary.user else { return "the canary's key is not known" }
        // A use that somebody else writes just now is skipped; it is the same use, and waited for.
        try await client.execute("SELECT FROM identity.api_key WHERE id = \(canary.key) FOR SHARE", scope: .system)
        guard let used = try await lastActivity(of: canary.user), used > now - .seconds(61) else {
            return "the use of the canary was not written when its key was used"
        }
        try await recordPendingActivity(PendingActivity(user: canary.user, session: nil, generation: nil, key: canary.key, at: now))
        guard let used = try await lastActivity(of: canary.user), used > now - .seconds(1) else {
            return "the use of the canary was not written at once"
        }
        return nil
    }

    /// The canary, which the first probe makes.
    private func canary(at now: Instant) async throws -> Canary {
        if let canary = try await client.query(Canary.statement, scope: .system).first.map(Canary.init) { return canary }
        return try await client.withTransaction(scope: .system) { transaction in
            try await transaction.execute("LOCK TABLE identity.activity_canary IN SHARE ROW EXCLUSIVE MODE")
            if let canary = try await transaction.query(Canary.statement).first.map(Canary.init) { return canary }
            let user = User.ID.make(at: now)
            let key = APIKey.ID.make(at: now)
            try await transaction.execute(
                """
                INSERT INTO identity.account (id, email, name, email_verified_at, status, session_epoch, key_epoch, created_at, updated_at)
                VALUES (\(user), \("activity-canary@\(user.description.lowercased()).invalid"), 'Activity canary', \(now), 'active', 1, 1,
                    \(now), \(now))
                """)
            try await transaction.execute(
                """
                INSERT INTO identity.api_key (id, user_id, epoch, name, prefix, key_hash, created_at, updated_at)
                VALUES (\(key), \(user), 1, 'Activity canary', 'rfs00000', uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()),
                    \(now), \(now))
                """)
            let rows = try await transaction.query(
                """
                INSERT INTO identity.activity_canary (canary_id, key_id, key_hash)
                SELECT user_id, id, key_hash FROM identity.api_key WHERE id = \(key) RETURNING canary_id, key_id, key_hash
                """)
            guard let row = rows.first else { throw CanaryMissing() }
            return try Canary(row)
        }
    }
}

private struct Canary {
    static var statement: Statement { "SELECT canary_id, key_id, key_hash FROM identity.activity_canary" }
    let user: User.ID
    let key: APIKey.ID
    let digest: [UInt8]

    init(_ row: Row) throws {
        user = try row.decode("canary_id")
        key = try row.decode("key_id")
        digest = try row.decode("key_hash")
    }
}

private struct CanaryMissing: Error, CustomStringConvertible {
    var description: String { "the canary that was just made is not there" }
}
