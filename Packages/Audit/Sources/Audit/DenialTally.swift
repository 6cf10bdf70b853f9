public import Core

/// Decides which denials are written in full, which are counted, and which are only said to have been there (AUD-028). It holds the minutes that run: a
/// bounded number of them, however many networks a flood comes from.
public struct DenialTally: Sendable {
    /// What becomes of a denial.
    public enum Verdict: Sendable, Hashable {
        /// It is the first of its minute.
        case written
        /// It is one more of a minute.
        case counted
        /// There are too many: only their number is told.
        case shed
    }

    /// What was only counted.
    public struct Shed: Sendable, Hashable {
        /// Since when.
        public let since: Instant
        /// How many of each type.
        public var counts: [String: Int64] = [:]
    }

    private struct Key: Hashable {
        let type: String
        let network: String
        let route: String
        let caller: AuditReference?

        init(_ denial: some ClientDenial) {
            type = Swift.type(of: denial).type.name
            network = denial.client.auditKey
            route = denial.route
            caller = denial.caller
        }
    }

    private struct Minute {
        let start: Instant
        var further: CountedDenials?
    }

    /// How many denials of callers without valid credentials a node writes in a second, in full or as counts.
    public static let writtenPerSecond = 200
    /// How many counts it takes of that, so that there is room for what is new.
    public static let countsPerSecond = 100
    /// How many minutes are held at once: as many as can begin in one.
    public static let capacity = 60 * writtenPerSecond

    private var running: [Key: Minute] = [:]
    private var over: [CountedDenials] = []
    private var second: Int64 = .min
    private var taken = 0
    private var shed: Shed?

    /// Holds nothing yet.
    public init() {}

    /// How many minutes are held.
    public var held: Int { running.count + over.count }

    /// Takes one denial.
    public mutating func admit(_ denial: some ClientDenial, at now: Instant) -> Verdict {
        let key = Key(denial)
        if var minute = running[key], now < minute.start + .minutes(1) {
            // Taken out before it grows, so that it is not copied.
            running[key] = nil
            if minute.further?.add(denial) == nil { minute.further = CountedDenials(denial) }
            running[key] = minute
            return .counted
        }
        if let minute = running.removeValue(forKey: key), let further = minute.further { over.append(further) }
        guard denial.caller == nil else {
            // Somebody known is told of in any case; where there is no room, each time.
            if held < Self.capacity { running[key] = Minute(start: now) }
            return .written
        }
        guard held < Self.capacity, take(1, at: now) == 1 else {
            shed = shed ?? Shed(since: now)
            shed?.counts[key.type, default: 0] += 1
            return .shed
        }
        running[key] = Minute(start: now)
        return .written
    }

    /// Takes back that a denial was written: the next is the first of a minute. What was counted meanwhile is kept.
    public mutating func takeBack(_ denial: some ClientDenial) {
        if let minute = running.removeValue(forKey: Key(denial)), let further = minute.further { over.append(further) }
    }

    /// The counts of minutes that are over, as many as a second has room for, and what was shed, once a minute.
    ///
    /// - Parameter ending: whether the process ends: then everything is due.
    public mutating func due(at now: Instant, ending: Bool) -> (counted: [CountedDenials], shed: Shed?) {
        for (key, minute) in running where ending || now >= minute.start + .minutes(1) {
            running[key] = nil
            if let further = minute.further { over.append(further) }
        }
        let count = ending ? over.count : take(min(over.count, Self.countsPerSecond), at: now)
        let counted = Array(over.prefix(count))
        over.removeFirst(count)
        guard let shed, ending || now >= shed.since + .minutes(1) else { return (counted, nil) }
        self.shed = nil
        return (counted, shed)
    }

    /// Puts back what was due and could not be written.
    public mutating func putBack(_ counted: [CountedDenials], _ shed: Shed?) {
        over.insert(contentsOf: counted, at: 0)
        guard let shed else { return }
        self.shed = Shed(since: shed.since, counts: shed.counts.merging(self.shed?.counts ?? [:], uniquingKeysWith: +))
    }

    /// Takes up to so many of what may be written in this second.
    private mutating func take(_ wanted: Int, at now: Instant) -> Int {
        if second != now.secondsSinceEpoch { (second, taken) = (now.secondsSinceEpoch, 0) }
        let given = min(wanted, Self.writtenPerSecond - taken)
        taken += given
        return given
    }
}

/// Several denials of one type, network and route, as one entry: with what all of them have in common, and their number.
public struct CountedDenials: Sendable {
    private let latest: any ClientDenial
    private var risk: AuditRisk
    private var data: [String: JSONValue]
    private var references: [AuditReference]
    /// How many there are.
    public private(set) var count: Int64 = 1

    init(_ denial: some ClientDenial) {
        latest = denial
        risk = denial.risk
        data = denial.data
        references = denial.references.all
    }

    mutating func add(_ denial: some ClientDenial) {
        count += 1
        risk = max(risk, denial.risk)
        let (others, all) = (denial.data, denial.references.all)
        if data != others { data = data.filter { others[$0.key] == $0.value } }
        if references != all { references.removeAll { !all.contains($0) } }
    }

    /// Who did it.
    public var actor: AuditActor { latest.actor }

    /// The entry.
    public var entry: any AuditEvent { entry(of: latest) }

    private func entry<Denial: ClientDenial>(of denial: Denial) -> any AuditEvent {
        var data = data
        data["count"] = .integer(count)
        return Entry<Denial>(
            references: references.reduce(AuditReferences(AuditReference(denial.client))) { $0.adding($1) },
            summary: "\(count) more on \(denial.route)", data: data, risk: risk)
    }

    /// An entry of the type of the denials.
    private struct Entry<Denial: ClientDenial>: AuditEvent {
        static var type: AuditEventType { Denial.type }
        let references: AuditReferences
        let summary: String
        let data: [String: JSONValue]
        let risk: AuditRisk
    }
}
