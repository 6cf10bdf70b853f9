internal import Core
public import Jobs
public import Observability
public import Postgres

/// Compare the org of every row with that of the row to which it points (SEC-045).
public struct CheckReferences: Job, Hashable {
    /// `orgs.check_references`
    public static let kind = "orgs.check_references"
    /// The lane of maintenance.
    public static let lane = Lane.maintenance

    /// Orders it.
    public init() {}
}

/// Rows of one table that point to a row of another org.
public struct ForeignReference: Sendable, Hashable {
    /// The table of the rows.
    public let table: String
    /// The reference, by its name.
    public let constraint: String
    /// How many rows there are.
    public let count: Int
}

/// Asks the data themselves what the schema forbids: a copy that was loaded without its rules, or repaired by hand, is found the next night.
public struct CheckReferencesHandler: JobHandler {
    private let client: PostgresClient
    private let metrics: Metrics
    private let log: Log

    /// Makes the handler.
    ///
    /// - Parameter client: as the system role.
    public init(client: PostgresClient, metrics: Metrics, log: Log) {
        self.client = client
        self.metrics = metrics
        self.log = log
    }

    /// Reads only.
    public func run(_ job: CheckReferences, context: JobContext) async throws -> JobOutcome {
        let found = try await foreignReferences()
        metrics.gauge("trellis_org_foreign_references", help: "Rows that point to a row of another org; more than 0 is critical.")
            .set(found.reduce(0) { $0 + $1.count })
        for reference in found {
            log.error(
                "Rows point to rows of another org.",
                [
                    "table": .string(reference.table), "reference": .string(reference.constraint),
                    "rows": .integer(Int64(reference.count)),
                ])
        }
        return .completed
    }

    /// What is wrong, by the foreign keys between tables whose rows belong to orgs; one statement for each.
    public func foreignReferences() async throws -> [ForeignReference] {
        var found: [ForeignReference] = []
        for row in try await client.query(Statement(Self.references), scope: .system) {
            let (table, constraint): (String, String) = (try row.decode("child"), try row.decode("name"))
            let count = try await client.query(Statement(try row.decode("question", as: String.self)), scope: .system)
            guard let count = try count.first.map({ Int(try $0.decode(Int64.self)) }), count > 0 else { continue }
            found.append(ForeignReference(table: table, constraint: constraint, count: count))
        }
        return found
    }

    // The names come from the catalogue, quoted by the server.
    private static let references = #"""
        SELECT r.conname::text AS name, r.conrelid::regclass::text AS child,
            format('SELECT count(*) FROM %s c JOIN %s p ON %s WHERE c.org_id IS DISTINCT FROM p.org_id', r.conrelid::regclass, r.confrelid::regclass,
                (SELECT string_agg(format('c.%I = p.%I', a.attname, b.attname), ' AND ' ORDER BY k.n) FROM unnest(r.conkey, r.confkey)
                    WITH ORDINALITY AS k (child, parent, n)
                    JOIN pg_attribute a ON a.attrelid = r.conrelid AND a.attnum = k.child
                    JOIN pg_attribute b ON b.attrelid = r.confrelid AND b.attnum = k.parent
                    WHERE a.attname <> 'org_id')) AS question
        FROM pg_constraint r
        WHERE r.contype = 'f' AND r.conparentid = 0
            AND (SELECT count(*) FROM pg_attribute o WHERE o.attrelid IN (r.conrelid, r.confrelid) AND o.attname = 'org_id' AND NOT o.attisdropped)
                = CASE WHEN r.conrelid = r.confrelid THEN 1 ELSE 2 END
            AND EXISTS (SELECT FROM unnest(r.conkey) k JOIN pg_attribute a ON a.attrelid = r.conrelid AND a.attnum = k WHERE a.attname <> 'org_id')
        ORDER BY 2, 1
        """#
}
