internal import Core
internal import Postgres

/// The right to do what only one worker needs to do: a row with a term (OPS-081).
///
/// Whoever renews it names the term: a worker that was paused and comes back finds that it leads no more, although the row may have been
/// free meanwhile. Nothing depends on there being one leader only: every chore is harmless when two do it.
struct Leadership: Sendable {
    let client: PostgresClient
    let lease: Duration

    /// Renews a term, or begins a new one when nobody leads.
    ///
    /// - Parameter term: the one that the worker believes to hold.
    /// - Returns: the term that it holds now; `nil` when another one leads.
    func hold(as worker: Int32, term: Int64?) async throws -> Int64? {
        if let term {
            let renewed = try await client.execute(
                """
                UPDATE jobs.leader SET until = now() + \(lease) WHERE role = 'chores' AND holder = \(worker) AND term = \(term)
                """)
            if renewed == 1 { return term }
        }
        let rows = try await client.query(
            """
            INSERT INTO jobs.leader AS l (role, holder, term, until) VALUES ('chores', \(worker), 1, now() + \(lease))
            ON CONFLICT (role) DO UPDATE SET holder = excluded.holder, until = excluded.until, term = l.term + 1
            WHERE l.until < now()
            RETURNING term
            """)
        return try rows.first?.decode(Int64.self)
    }
}
