public import Core

/// What a host held when it was measured: one for each host and slot of five minutes (OPS-120).
public struct HostSample: Sendable, Hashable {
    /// The host.
    public let host: GraphHost.ID
    /// When the slot of time began.
    public let slot: Instant
    /// How many graphs of this deployment are on it.
    public let graphs: Int
    /// What they measure together.
    public let bytes: Int64

    /// Sums up what a host said at an instant.
    public init(_ measures: [GraphMeasure], of host: GraphHost.ID, at now: Instant) {
        self.host = host
        slot = now.beginning(ofEvery: .minutes(5))
        graphs = measures.count
        bytes = measures.reduce(0) { $0 + $1.bytes }
    }
}

extension Instant {
    /// The hour that this instant lies in.
    var beginningOfHour: Instant { beginning(ofEvery: .hours(1)) }

    /// Where the slot of time of a length begins that this instant lies in; slots are counted from 1970.
    func beginning(ofEvery length: Duration) -> Instant {
        let slot = length.wholeMilliseconds * 1_000
        let whole = microsecondsSinceEpoch / slot - (microsecondsSinceEpoch % slot < 0 ? 1 : 0)
        return Instant(microsecondsSinceEpoch: whole * slot)
    }
}

extension GraphID {
    /// The minute of each hour at which the graph's row is due: graphs share the minutes among them, and each keeps its own.
    public var minuteOfRow: Int {
        // The digits as a number, modulo 60.
        description.utf8.dropFirst(2).reduce(0) { ($0 * 16 + Int($1 < 58 ? $1 - 48 : $1 - 87)) % 60 }
    }
}
