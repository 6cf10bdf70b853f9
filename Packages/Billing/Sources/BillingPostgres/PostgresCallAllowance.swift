public import Billing
public import Core
public import Postgres

/// Counts calls to the provider in the database, so that all processes together keep to the limits (STR-017).
///
/// Each takes a few calls at a time; the row of a share and that of an endpoint are locked for one moment, in the order of their names.
public struct PostgresCallAllowance: CallAllowance {
    private static let pace = "pace"
    private let client: PostgresClient
    private let limits: CallLimits
    private let dateSource: any DateSource

    /// Counts within limits.
    ///
    /// - Parameter dateSource: the real time, for it is the provider that counts.
    public init(client: PostgresClient, limits: CallLimits, dateSource: any DateSource) {
        self.client = client
        self.limits = limits
        self.dateSource = dateSource
    }

    /// Takes calls out of both buckets, as many as are in the emptier one.
    public func lease(_ wanted: Int64, of share: CallShare, at endpoint: String) async throws -> Int64 {
        let now = dateSource.now
        let wishes = ["endpoint:" + endpoint: Double(limits.endpoint), "share:" + share.rawValue: limits.limit(of: share)]
        return try await client.withTransaction(scope: .system) { transaction in
            let pace = try await Self.pace(at: now, in: transaction)
            var buckets = try await Self.locked(wishes, at: now, in: transaction)
            for (name, limit) in wishes { buckets[name]?.fill(upTo: limit, pace: pace, at: now) }
            let granted = max(0, min(wanted, buckets.values.map(\.whole).min() ?? 0))
            for (name, bucket) in buckets {
                var bucket = bucket
                bucket.take(granted)
                try await transaction.execute(
                    "UPDATE billing.call_bucket SET level = \(bucket.level), filled_at = \(bucket.at) WHERE name = \(name)")
            }
            return granted
        }
    }

    /// Halves the pace; refusals of one moment count as one.
    public func slowDown() async throws {
        let now = dateSource.now
        try await client.withTransaction(scope: .system) { transaction in
            let full = CallBucket(level: 1, at: Instant(secondsSinceEpoch: 0))
            _ = try await Self.insert([Self.pace: full], in: transaction)
            let rows = try await transaction.query(
                "SELECT level, filled_at FROM billing.call_bucket WHERE name = \(Self.pace) FOR UPDATE")
            guard let row = rows.first else { return }
            let present = CallPace(factor: try row.decode("level"), since: try row.decode("filled_at"))
            guard present.since + .seconds(1) <= now else { return }
            let next = present.halved(at: now)
            try await transaction.execute(
                "UPDATE billing.call_bucket SET level = \(next.factor), filled_at = \(next.since) WHERE name = \(Self.pace)")
        }
    }

    private static func pace(at now: Instant, in transaction: PostgresTransaction) async throws -> CallPace {
        let rows = try await transaction.query("SELECT level, filled_at FROM billing.call_bucket WHERE name = \(pace)")
        guard let row = rows.first else { return CallPace(factor: 1, since: now) }
        return CallPace(factor: try row.decode("level"), since: try row.decode("filled_at"))
    }

    /// The buckets of some names, made where there are none, locked.
    private static func locked(
        _ wishes: [String: Double], at now: Instant, in transaction: PostgresTransaction
    ) async throws -> [String: CallBucket] {
        let names = wishes.keys.sorted()
        func read() async throws -> [String: CallBucket] {
            let rows = try await transaction.query(
                "SELECT name, level, filled_at FROM billing.call_bucket WHERE name = ANY(\(names)) ORDER BY name FOR UPDATE")
            return try rows.reduce(into: [:]) {
                $0[try $1.decode("name", as: String.self)] = CallBucket(level: try $1.decode("level"), at: try $1.decode("filled_at"))
            }
        }
        let known = try await read()
        guard known.count < names.count else { return known }
        try await insert(wishes.mapValues { CallBucket.full(of: $0, at: now) }, in: transaction)
        return try await read()
    }

    private static func insert(_ buckets: [String: CallBucket], in transaction: PostgresTransaction) async throws {
        for (name, bucket) in buckets.sorted(by: { $0.key < $1.key }) {
            try await transaction.execute(
                """
                INSERT INTO billing.call_bucket (name, level, filled_at) VALUES (\(name), \(bucket.level), \(bucket.at))
                ON CONFLICT (name) DO NOTHING
                """)
        }
    }
}
