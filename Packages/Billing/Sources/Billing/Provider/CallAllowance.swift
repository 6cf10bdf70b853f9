public import Core

/// Whose calls to the provider are counted together: each has a share of what may be asked in a second, which nobody else takes (STR-017).
public enum CallShare: String, Sendable, CaseIterable {
    /// Somebody waits.
    case interactive
    /// Orders that jobs send.
    case money
    /// Looks of jobs: what events told of, comparisons, lists.
    case upkeep

    /// How much of all calls, in hundredths.
    public var percent: Int64 {
        switch self {
        case .interactive: 50
        case .money: 30
        case .upkeep: 20
        }
    }
}

/// Counts the calls to the provider over all processes (STR-017).
public protocol CallAllowance: Sendable {
    /// Takes calls of a share and of an endpoint out of what may be made now.
    ///
    /// - Returns: how many there were, at most `wanted`; they are to be made soon or not at all.
    func lease(_ wanted: Int64, of share: CallShare, at endpoint: String) async throws -> Int64

    /// The provider refused a call as one too many: half as many are made from now on, and a tenth of the rate more every ten seconds.
    func slowDown() async throws
}

/// What may be asked of the provider in a second; the same for every process.
public struct CallLimits: Sendable, Hashable {
    /// All calls.
    public let overall: Int64
    /// Those to one endpoint.
    public let endpoint: Int64

    /// Names limits.
    public init(overall: Int64, endpoint: Int64) {
        self.overall = overall
        self.endpoint = endpoint
    }

    /// Real money: below 80 in a second.
    public static let live = CallLimits(overall: 80, endpoint: 20)
    /// Play money: below 20.
    public static let test = CallLimits(overall: 20, endpoint: 20)

    /// What a share may take of them.
    public func limit(of share: CallShare) -> Double { Double(overall * share.percent) / 100 }
}

/// A bucket of calls: it fills with time and holds little, so that no second sees more than the limit, whatever lay unused before.
public struct CallBucket: Sendable, Hashable {
    /// How many calls are in it.
    public private(set) var level: Double
    /// As of when.
    public private(set) var at: Instant

    /// A bucket as it was stored.
    public init(level: Double, at: Instant) {
        self.level = level
        self.at = at
    }

    /// A bucket that nobody has used yet.
    public static func full(of limit: Double, at now: Instant) -> CallBucket { CallBucket(level: capacity(of: limit), at: now) }

    /// A fifth of a second's calls: what has gathered, what comes in a second and what was leased shortly before stay below the limit.
    private static func capacity(of limit: Double) -> Double { max(1, limit / 5) }

    /// Lets calls gather until now, at three fifths of the limit, slowed down by the pace.
    public mutating func fill(upTo limit: Double, pace: CallPace, at now: Instant) {
        // A clock that runs behind another one's adds nothing.
        let seconds = max(0, Double((now - at).wholeMilliseconds) / 1_000)
        level = min(Self.capacity(of: limit), level + seconds * limit * 0.6 * pace.factor(at: now))
        at = max(at, now)
    }

    /// The whole calls that are in it.
    public var whole: Int64 { Int64(level.rounded(.down)) }

    /// Takes calls out.
    public mutating func take(_ count: Int64) { level -= Double(count) }
}

/// How fast calls are made after the provider has refused one as too many.
public struct CallPace: Sendable, Hashable {
    /// What part of the rate it was at the last refusal; one when there was none.
    public let factor: Double
    /// When that was.
    public let since: Instant

    /// A pace as it was stored.
    public init(factor: Double, since: Instant) {
        self.factor = factor
        self.since = since
    }

    /// A tenth of the whole rate comes back every ten seconds.
    public func factor(at now: Instant) -> Double {
        let steps = max(0, (now - since).wholeMilliseconds / 10_000)
        return min(1, factor + Double(steps) / 10)
    }

    /// Half of what it is, never less than a hundredth of the rate.
    public func halved(at now: Instant) -> CallPace { CallPace(factor: max(0.01, factor(at: now) / 2), since: now) }
}
