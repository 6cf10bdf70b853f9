public import Core
internal import HTTPServer
public import RateLimits
public import Redis

/// Sliding windows in Redis, for all nodes together: one script takes the places of a request in all its buckets, or in none (SEC-004).
///
/// A bucket is one key with the slices in which requests were admitted and how many in each, at most 61 of them, in under a kilobyte. It is gone two
/// windows after the last admission by the server's own clock: then nothing in it counts any more, whatever the clock of a node has said.
public struct RedisWindows: SharedWindows {
    /// A window has 60 slices, and overlaps 61 of them.
    private static let slices: Int64 = 60

    private let client: RedisClient
    private let prefix: String

    /// Takes a client.
    ///
    /// - Parameters:
    ///   - client: its server may have other uses; it is no cluster.
    ///   - categories: the names of all categories in the order in which their buckets are numbered. Nodes of another version, whose numbers mean
    ///     something else, count apart from these.
    public init(client: RedisClient, categories: [String]) {
        self.client = client
        let version = categories.joined(separator: " ").utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
        prefix = "trellis:limits:\(String(version, radix: 36)):"
    }

    /// Takes a place in each bucket, or in none.
    ///
    /// - Throws: `RedisError`, ``UnexpectedRedisReply``
    public func take(_ demands: InlineArray<4, Demand?>, at now: Instant) async throws -> Taken {
        let call = Call(demands, at: now, prefix: prefix)
        guard !call.keys.isEmpty else { return Taken(isAdmitted: true, tightest: 0, limit: 0, remaining: 0, resetsAt: now) }
        let reply = try await client.evaluate(Self.taking, keys: call.keys, arguments: call.arguments)
        guard case .list(let parts) = reply, parts.count == 3, let tightest = parts[0].integer, let room = parts[1].integer,
            let free = parts[2].integer, call.positions.indices.contains(Int(clamping: tightest)),
            let demand = demands[call.positions[Int(tightest)]], (-65_000...65_000).contains(room), room <= demand.rate.limit
        else { throw UnexpectedRedisReply() }
        let (end, isTooFar) = free.multipliedReportingOverflow(by: Self.length(of: demand.rate))
        // What counts now becomes free in a slice to come.
        guard !isTooFar, free > now.microsecondsSinceEpoch / Self.length(of: demand.rate) else { throw UnexpectedRedisReply() }
        let isAdmitted = room > 0
        return Taken(
            isAdmitted: isAdmitted, tightest: call.positions[Int(tightest)], limit: demand.rate.limit,
            remaining: max(0, Int(room) - (isAdmitted ? 1 : 0)), resetsAt: Instant(microsecondsSinceEpoch: end))
    }

    /// Gives back the latest place that was taken in each bucket.
    ///
    /// - Throws: `RedisError`, ``UnexpectedRedisReply``
    public func giveBack(_ demands: InlineArray<4, Demand?>, at now: Instant) async throws {
        let call = Call(demands, at: now, prefix: prefix)
        guard !call.keys.isEmpty else { return }
        let reply = try await client.evaluate(Self.givingBack, keys: call.keys, arguments: call.arguments)
        guard reply.integer != nil else { throw UnexpectedRedisReply() }
    }

    /// Takes a place in a bucket of nobody: what a server that only reads, or is full, would refuse.
    ///
    /// - Throws: as ``take(_:at:)``
    public func check(at now: Instant) async throws {
        let key = BucketKey(number: 0, caller: Caller(.network, high: 0, low: 0))
        _ = try await take([Demand(key: key, rate: RateLimit(.max, per: .seconds(1)), policy: 0), nil, nil, nil], at: now)
    }

    /// The keys of a request's demands, and for each the slice it falls into, its limit, and for how many milliseconds it is kept.
    private struct Call {
        var keys: [String] = []
        var arguments: [String] = []
        /// Where each stands among the demands.
        var positions: [Int] = []

        init(_ demands: InlineArray<4, Demand?>, at now: Instant, prefix: String) {
            for position in demands.indices {
                guard let demand = demands[position] else { continue }
                let (caller, window) = (demand.key.caller, demand.rate.windowMicroseconds)
                keys.append(
                    "\(prefix)\(demand.key.number):\(window / 1_000_000):\(caller.kind.rawValue):"
                        + "\(String(caller.high, radix: 36)):\(String(caller.low, radix: 36))")
                arguments.append(String(now.microsecondsSinceEpoch / RedisWindows.length(of: demand.rate)))
                arguments.append(String(demand.rate.limit))
                arguments.append(String(2 * window / 1_000))
                positions.append(position)
            }
        }
    }

    private static func length(of rate: RateLimit) -> Int64 { max(1, rate.windowMicroseconds / slices) }
}

/// Redis answered what the script cannot have said.
public struct UnexpectedRedisReply: Error, Hashable, Sendable, CustomStringConvertible {
    /// What happened.
    public var description: String { "Redis answered what was not asked" }
}
