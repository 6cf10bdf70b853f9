public import Core
public import Jobs
public import Postgres

/// The ledger of calls to the outside, in the database: a key is written down before it is sent, and its outcome afterwards.
public struct PostgresEffectLedger: EffectLedger {
    private let client: PostgresClient
    private let dateSource: any DateSource
    private let breakers = CircuitBreakers()
    private let turns: DestinationTurns

    /// Makes a ledger. Circuits are the process's own: two ledgers do not share what they know of a destination.
    ///
    /// - Parameter limits: the most calls at once to a destination, by its name; others have no limit (OPS-060).
    public init(client: PostgresClient, dateSource: any DateSource, limits: [String: Int] = [:]) {
        self.client = client
        self.dateSource = dateSource
        turns = DestinationTurns(limits: limits)
    }

    /// Makes a call once, in effect: a key that may have been sent before is read back first.
    ///
    /// - Throws: `EffectUnresolved`, `EffectRefused`, `EffectKeyReused`; `DestinationUnavailable` while the destination's circuit is open or
    ///   as many calls to it are under way as may be;
    ///   what `send` throws, after which the outcome is unknown.
    public func perform<Response: Codable & Sendable>(
        _ key: EffectKey, destination: String, requestHash: [UInt8],
        send: @Sendable (EffectKey) async throws -> EffectOutcome<Response>,
        readBack: @Sendable (EffectKey) async throws -> EffectOutcome<Response>
    ) async throws -> Response {
        let known = try await begin(key, destination: destination, requestHash: requestHash)
        if known.requestHash != requestHash { throw EffectKeyReused(key: key) }
        switch known.state {
        case "succeeded":
            guard let response = known.response else { throw EffectUnresolved(key: key, retryAfter: nil) }
            return try response.decode(Response.self)
        case "refused": throw EffectRefused(code: known.code ?? "unknown")
        case "not_sent", "new": break
        default:
            // A process may have died between sending and writing down what came of it.
            let outcome = try await calling(destination, key) { try await readBack(key) }
            if let response = try await settle(key, outcome, isReadBack: true) { return response }
            try await mark(key, "sending")
        }
        let outcome = try await calling(destination, key) { try await send(key) }
        guard let response = try await settle(key, outcome, isReadBack: false) else { throw EffectUnresolved(key: key, retryAfter: nil) }
        return response
    }

    private struct Known {
        let state: String
        let requestHash: [UInt8]
        let response: EncodedJSON?
        let code: String?
    }

    /// Writes the key down before anything is sent, or finds what became of it before.
    private func begin(_ key: EffectKey, destination: String, requestHash: [UInt8]) async throws -> Known {
        let now = dateSource.now
        return try await client.withTransaction(scope: .system) { transaction in
            let isNew = try await transaction.execute(
                """
                INSERT INTO jobs.effect (key, destination, request_hash, state, created_at, updated_at)
                VALUES (\(key.rawValue), \(destination), \(requestHash), 'sending', \(now), \(now)) ON CONFLICT (key) DO NOTHING
                """)
            guard isNew == 0 else { return Known(state: "new", requestHash: requestHash, response: nil, code: nil) }
            let rows = try await transaction.query(
                "SELECT state, request_hash, response, code FROM jobs.effect WHERE key = \(key.rawValue) FOR UPDATE")
            guard let row = rows.first else { throw EffectUnresolved(key: key, retryAfter: nil) }
            let known = Known(
                state: try row.decode("state"), requestHash: try row.decode("request_hash"),
                response: try row.decode("response", as: EncodedJSON?.self), code: try row.decode("code", as: String?.self))
            if known.state == "not_sent", known.requestHash == requestHash {
                try await transaction.execute(
                    "UPDATE jobs.effect SET state = 'sending', sendings = sendings + 1, updated_at = \(now) WHERE key = \(key.rawValue)")
            }
            return known
        }
    }

    private func calling<Response>(
        _ destination: String, _ key: EffectKey, _ call: () async throws -> EffectOutcome<Response>
    ) async throws -> EffectOutcome<Response> {
        // Who waits for a turn is no probe of a destination that could not be reached.
        guard turns.begin(destination) else { throw try await unsent(key, destination, retryAfter: .seconds(1)) }
        defer { turns.end(destination) }
        if let wait = breakers.wait(for: destination) { throw try await unsent(key, destination, retryAfter: wait) }
        do {
            let outcome = try await call()
            switch outcome {
            case .notSent, .unknown: breakers.failed(destination)
            case .succeeded, .refused: breakers.succeeded(destination)
            }
            return outcome
        } catch {
            breakers.failed(destination)
            // Written down whether or not the task is cancelled: the next attempt must read back before it sends.
            _ = try? await Task { try await mark(key, "unknown") }.value
            throw error
        }
    }

    /// Nothing is sent; a key that was written down just now is known not to have been.
    private func unsent(_ key: EffectKey, _ destination: String, retryAfter: Duration) async throws -> DestinationUnavailable {
        try await client.execute(
            """
            UPDATE jobs.effect SET state = 'not_sent', updated_at = \(dateSource.now)
            WHERE key = \(key.rawValue) AND state = 'sending' AND sendings = 1 AND updated_at = created_at
            """)
        return DestinationUnavailable(destination: destination, retryAfter: retryAfter)
    }

    /// Writes an outcome down; `nil` means that reading back has shown the key was never used, so that it may be sent.
    private func settle<Response: Codable & Sendable>(
        _ key: EffectKey, _ outcome: EffectOutcome<Response>, isReadBack: Bool
    ) async throws -> Response? {
        switch outcome {
        case .succeeded(let response):
            let stored = try EncodedJSON(response)
            let now = dateSource.now
            let client = client
            // The call has had its effect; that must be known even when the task is cancelled.
            _ = try await Task {
                try await client.execute(
                    """
                    UPDATE jobs.effect SET state = 'succeeded', response = \(stored), updated_at = \(now)
                    WHERE key = \(key.rawValue) AND state NOT IN ('succeeded', 'refused')
                    """)
            }.value
            return response
        case .refused(let code):
            try await client.execute(
                """
                UPDATE jobs.effect SET state = 'refused', code = \(code), updated_at = \(dateSource.now)
                WHERE key = \(key.rawValue) AND state NOT IN ('succeeded', 'refused')
                """)
            throw EffectRefused(code: code)
        case .notSent(let retryAfter):
            if isReadBack { return nil }
            try await mark(key, "not_sent")
            throw EffectUnresolved(key: key, retryAfter: retryAfter)
        case .unknown:
            try await mark(key, "unknown")
            throw EffectUnresolved(key: key, retryAfter: nil)
        }
    }

    private func mark(_ key: EffectKey, _ state: String) async throws {
        try await client.execute(
            """
            UPDATE jobs.effect
            SET state = \(state), updated_at = \(dateSource.now), sendings = sendings + CASE WHEN \(state) = 'sending' THEN 1 ELSE 0 END
            WHERE key = \(key.rawValue) AND state NOT IN ('succeeded', 'refused')
            """)
    }
}
