internal import Core
internal import FoundationEssentials
internal import Jobs
internal import Postgres

/// A job that this worker has leased.
struct ClaimedJob: Sendable {
    let id: Int64
    let lane: Lane
    let kind: Int16
    let priority: Int16
    let inBurst: Bool
    let runAt: Instant
    let attempt: Int16
    let maximumAttempts: Int16
    let token: Int32
    let timeout: Duration
    let isSerial: Bool
    let trace: String?
    let origin: String?
    let org: UUID?
    let args: EncodedJSON
    /// By what the slots of its kind are shared, where they are.
    var share: String?

    static let columns: Statement = """
        j.id, j.kind_id, j.priority, j.in_burst, j.run_at, j.attempt, j.max_attempts, j.lease_token, j.timeout_ms, j.serial_key IS NOT NULL,
        j.trace, j.args, j.org, j.origin
        """

    init(_ row: Row, lane: Lane) throws {
        self.lane = lane
        id = try row[0].decode(as: Int64.self)
        kind = try row[1].decode(as: Int16.self)
        priority = try row[2].decode(as: Int16.self)
        inBurst = try row[3].decode(as: Bool.self)
        runAt = try row[4].decode(as: Instant.self)
        attempt = try row[5].decode(as: Int16.self)
        maximumAttempts = try row[6].decode(as: Int16.self)
        token = try row[7].decode(as: Int32.self)
        timeout = .milliseconds(Int64(try row[8].decode(as: Int32.self)))
        isSerial = try row[9].decode(as: Bool.self)
        trace = try row[10].decode(as: String?.self)
        args = try row[11].decode(as: EncodedJSON.self)
        org = try row[12].decode(as: UUID?.self)
        origin = try row[13].decode(as: String?.self)
    }
}

/// The place in the order of a lane behind which nothing free is left, for each priority: what was taken before is not walked again.
struct LaneOrder: Sendable {
    struct Part: Sendable {
        let priority: Int16
        let inBurst: Bool
        var runAt: Instant
        var id: Int64
    }

    private(set) var parts: [Part]

    /// From the beginning.
    init() {
        parts = (1...4).flatMap { priority in
            [false, true].map { Part(priority: Int16(priority), inBurst: $0, runAt: Instant(microsecondsSinceEpoch: 0), id: 0) }
        }
    }

    mutating func advance(past jobs: [ClaimedJob]) {
        for job in jobs {
            guard let index = parts.firstIndex(where: { $0.priority == job.priority && $0.inBurst == job.inBurst }) else { continue }
            guard (job.runAt, job.id) > (parts[index].runAt, parts[index].id) else { continue }
            parts[index].runAt = job.runAt
            parts[index].id = job.id
        }
    }
}

/// What a claim passes over.
struct LeftOut: Sendable, Hashable {
    let member: String
    let values: [String]
}

/// The statement that leases the next jobs of a lane.
struct Claim {
    let lane: Lane
    let limit: Int
    let worker: Int32
    let kinds: [Int16]
    /// Orgs for which enough is under way.
    let orgsLeftOut: [UUID]
    /// Values of a member of the parameters for which enough is under way.
    var leftOut: LeftOut?
    /// Whose slots it fills, in the state of the worker.
    var index = 0
    let order: LaneOrder
    /// Every so often the jobs of bursts go first, so that those who keep to their share cannot hold them up for ever.
    let burstsFirst: Bool
    let now: Instant

    /// Only a worker that is still in its table takes jobs, and nobody removes it meanwhile: whoever wakes up after having been taken for
    /// dead takes nothing that no one would look for.
    ///
    /// The choice is made once (`MATERIALIZED`); a nested `IN (SELECT … SKIP LOCKED)` could be executed again and lease more than its limit.
    var statement: Statement {
        // Said only where it is so: a queue without limits keeps its plan.
        let orgs: Statement = orgsLeftOut.isEmpty ? "" : "AND (j.org IS NULL OR j.org <> ALL (\(orgsLeftOut)))"
        let members: Statement = leftOut.map { "AND j.args ->> \($0.member) <> ALL (\($0.values))" } ?? ""
        let parts = order.parts.filter { $0.inBurst == burstsFirst } + order.parts.filter { $0.inBurst != burstsFirst }
        return """
            WITH me AS MATERIALIZED (
                SELECT id FROM jobs.worker
                WHERE id = \(worker) AND NOT EXISTS (SELECT FROM jobs.pause WHERE lane = \(lane.rawValue)) FOR KEY SHARE
            ), chosen AS MATERIALIZED (
                SELECT c.id
                FROM me CROSS JOIN unnest(\(parts.map(\.priority)), \(parts.map(\.inBurst)), \(parts.map(\.runAt)), \(parts.map(\.id)))
                    AS part (priority, in_burst, run_at, id)
                CROSS JOIN LATERAL (
                    SELECT j.id FROM jobs.job j
                    WHERE j.lane = \(lane.rawValue) AND j.priority = part.priority AND j.in_burst = part.in_burst
                        AND (j.run_at, j.id) > (part.run_at, part.id) AND j.run_at <= \(now)
                        AND j.lease_by IS NULL AND j.kind_id = ANY (ARRAY (
                            SELECT k FROM unnest(\(kinds)) AS k WHERE NOT EXISTS (
                                SELECT FROM jobs.pause p JOIN jobs.kind held ON held.id = p.kind_id JOIN jobs.kind mine ON mine.id = k
                                WHERE mine.name = held.name OR starts_with(mine.name, held.name || '#'))))
                        \(fragment: orgs)
                        \(fragment: members)
                        AND (j.serial_key IS NULL OR NOT EXISTS (
                            SELECT FROM jobs.job earlier WHERE earlier.serial_key = j.serial_key AND earlier.id < j.id))
                    ORDER BY j.run_at, j.id LIMIT \(Int64(limit)) FOR UPDATE OF j SKIP LOCKED
                ) c
                LIMIT \(Int64(limit))
            )
            UPDATE jobs.job j
            SET lease_by = \(worker), lease_token = j.lease_token + 1, attempt = j.attempt + 1,
                deadline = now() + (j.timeout_ms + 30000) * interval '1 millisecond'
            WHERE j.id = ANY (ARRAY (SELECT id FROM chosen))
            RETURNING \(fragment: ClaimedJob.columns)
            """
    }
}
