public import Audit
internal import AuditPostgres
internal import Core
public import Identity
internal import Jobs
internal import JobsPostgres
internal import Postgres

/// Protection against guessing in the primary database, so that a restart and a second node change nothing (SEC-019).
public struct PostgresGuessingProtection<Store: PostgresIdentityStoring>: GuessingProtection {
    private let store: Store

    /// Makes the protection on a store.
    public init(store: Store) {
        self.store = store
    }

    private var now: Instant { store.dateSource.now }

    /// One statement.
    public func begin(_ attempt: GuessingAttempt) async throws -> AttemptAdmission {
        let now = now
        return try await refusingFreeTries {
            let id = Identifier<AttemptEntity>.make(at: now)
            let row = try await store.client.query(
                """
                SELECT verdict, until FROM identity.guess_begin(\(id), \(attempt.network.auditKey), \(attempt.address?.description),
                    \(attempt.isExemptFromAccountWait), \(now))
                """, scope: .system
            ).first.orThrow()
            let seconds = try row.decode("until", as: Instant?.self).map { Self.wholeSeconds(until: $0, now) } ?? 0
            return switch try row.decode("verdict", as: String.self) {
            case "admitted": .admitted(AdmittedAttempt(id: id, attempt: attempt))
            case "account": .delayedForAccount(seconds: seconds)
            case "delayed": .delayed(seconds: seconds)
            default: .blocked(seconds: seconds)
            }
        }
    }

    /// The block, its entry and the warning are one transaction.
    public func end(_ attempt: AdmittedAttempt, _ outcome: AttemptOutcome) async throws {
        let now = now
        try await refusingFreeTries {
            try await store.withTransaction(.system) { try await end(attempt, outcome, at: now, in: $0) }
        }
    }

    /// As an attempt that nobody admits.
    public func noteFailure(_ attempt: GuessingAttempt) async throws {
        let now = now
        try await refusingFreeTries {
            try await store.withTransaction(.system) { transaction in
                let admitted = AdmittedAttempt(id: .make(at: now), attempt: attempt)
                let (network, email) = (attempt.network.auditKey, attempt.address?.description)
                try await transaction.postgres.execute(
                    "INSERT INTO identity.guess_network (network) VALUES (\(network)) ON CONFLICT (network) DO NOTHING")
                try await transaction.postgres.execute("SELECT 1 FROM identity.guess_network WHERE network = \(network) FOR UPDATE")
                if let email {
                    try await transaction.postgres.execute(
                        """
                        INSERT INTO identity.guess_account (account) VALUES (sha256(convert_to(\(email)::text, 'UTF8')))
                        ON CONFLICT (account) DO NOTHING
                        """)
                }
                try await transaction.postgres.execute(
                    """
                    INSERT INTO identity.guess_attempt (id, network, account, started_at)
                    VALUES (\(admitted.id), \(network), sha256(convert_to(\(email)::text, 'UTF8')), \(now))
                    """)
                try await end(admitted, .failed, at: now, in: transaction)
            }
        }
    }

    /// Reads one row by its key.
    public func requireUnblocked(_ network: NetworkClient) async throws {
        let now = now
        let until = try await refusingFreeTries {
            try await store.client.query(
                "SELECT blocked_until FROM identity.guess_network WHERE network = \(network.auditKey) AND blocked_until > \(now)",
                scope: .system
            ).first?.decode("blocked_until", as: Instant.self)
        }
        if let until { throw IdentityError.blocked(seconds: Self.wholeSeconds(until: until, now)) }
    }

    /// The failures stay with their networks.
    public func forgetFailures(of address: EmailAddress) async throws {
        try await refusingFreeTries {
            _ = try await store.client.execute(
                """
                UPDATE identity.guess_attempt SET counts_for_account = false
                WHERE account = sha256(convert_to(\(address.description)::text, 'UTF8')) AND counts_for_account AND ended_at IS NOT NULL
                """, scope: .system)
        }
    }

    /// One statement.
    public func recentFailures(on address: EmailAddress) async throws -> Int {
        let since = now - .minutes(15)
        return try await refusingFreeTries {
            try await store.client.query(
                """
                SELECT count(*) FROM identity.guess_attempt WHERE account = sha256(convert_to(\(address.description)::text, 'UTF8'))
                    AND started_at > \(since) AND ended_at IS NOT NULL AND counts_for_account
                """, scope: .system
            ).first.orThrow().decode(Int.self)
        }
    }

    /// One statement.
    public func threat(from network: NetworkClient) async throws -> NetworkThreat {
        let now = now
        return try await refusingFreeTries {
            let row = try await store.client.query(
                """
                SELECT c.failures, c.last_at + identity.guess_network_wait(c.failures) AS next_at,
                    (SELECT blocked_until FROM identity.guess_network WHERE network = \(network.auditKey) AND blocked_until > \(now)) AS blocked
                FROM identity.guess_counts_of_network(\(network.auditKey), \(now)) c
                """, scope: .system
            ).first.orThrow()
            let next = try row.decode("next_at", as: Instant?.self)
            return NetworkThreat(
                failures: Int(try row.decode("failures", as: Int32.self)), blockedUntil: try row.decode("blocked"),
                delay: next.map { $0 > now ? Self.wholeSeconds(until: $0, now) : 0 } ?? 0)
        }
    }

    /// Removes attempts that count no more and networks of which nothing is known any more, at most a thousand of each at a time.
    public func removeExpired() async throws {
        let past = now - .hours(25)
        try await store.client.execute(
            """
            DELETE FROM identity.guess_attempt WHERE id IN (SELECT id FROM identity.guess_attempt WHERE started_at < \(past) LIMIT 1000)
            """, scope: .system)
        try await store.client.execute(
            """
            DELETE FROM identity.guess_network WHERE network IN (
                SELECT n.network FROM identity.guess_network n WHERE coalesce(n.blocked_until, '-infinity') < \(past)
                    AND NOT EXISTS (SELECT 1 FROM identity.guess_attempt a WHERE a.network = n.network) LIMIT 1000 FOR UPDATE SKIP LOCKED)
            """, scope: .system)
    }

    // MARK: Parts

    private func end(
        _ admitted: AdmittedAttempt, _ outcome: AttemptOutcome, at now: Instant, in transaction: Store.Transaction
    ) async throws {
        let word =
            switch outcome {
            case .succeeded: "succeeded"
            case .failed: "failed"
            case .abandoned: "abandoned"
            }
        let rows = try await transaction.postgres.query(
            "SELECT blocked_until, failures, warned_of FROM identity.guess_end(\(admitted.id), \(word), \(now))")
        guard let row = rows.first else { return }
        let network = admitted.attempt.network
        if let until = try row.decode("blocked_until", as: Instant?.self) {
            try await transaction.record(
                IdentityAudit.NetworkClientBlocked(
                    client: network, until: until, failures: Int(try row.decode("failures", as: Int32.self))),
                by: .anonymous(AuditReference(network)))
        }
        if let failures = try row.decode("warned_of", as: Int32?.self), let address = admitted.attempt.address,
            let user = try await transaction.user(with: address), user.status == .active
        {
            try await transaction.publish(
                AccountUnderAttack(
                    user: user.id, email: user.email.description, name: user.name.description, failures: Int(failures), at: now))
        }
    }

    /// Whatever goes wrong closes the way in; nothing is ever taken for a permission.
    private func refusingFreeTries<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let error as IdentityError {
            throw error
        } catch {
            throw ProtectionUnavailable(error)
        }
    }

    static func wholeSeconds(until end: Instant, _ now: Instant) -> Int {
        max(1, Int((end.microsecondsSinceEpoch - now.microsecondsSinceEpoch + 999_999) / 1_000_000))
    }
}

extension Row? {
    fileprivate func orThrow() throws -> Row {
        guard let self else { throw MissingRow() }
        return self
    }
}

/// The database answered without a row, which its statement does not allow.
private struct MissingRow: Error {}
