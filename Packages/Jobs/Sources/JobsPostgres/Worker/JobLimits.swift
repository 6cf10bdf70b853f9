internal import FoundationEssentials

/// How much of the same a worker does at once: of one kind, for one org, at one destination (OPS-060).
///
/// What is over a limit waits in the queue, where it holds no slot and uses no attempt; others go before it meanwhile.
public struct JobLimits: Sendable, Hashable {
    /// The most jobs of a kind at once, by the name of the kind; all versions of a kind are one.
    public var kinds: [String: Int] = [:]
    /// The most calls at once to a destination, by its name in the ledger of effects.
    public var destinations: [String: Int] = [:]
    /// The most jobs of one org at once; `nil` for as many as there are slots.
    public var perOrg: Int?

    /// No limits.
    public init() {}

    /// Reads limits: `kind:graphs.take_backup=2,destination:stripe=8,org=4`.
    ///
    /// - Returns: `nil` where a part is none of the three, its number is not from 1 to 10000, or it was told already.
    public init?(_ text: String) {
        for part in text.split(separator: ",") {
            let sides = part.split(separator: "=", omittingEmptySubsequences: false)
            guard sides.count == 2, let limit = Int(sides[1]), (1...10_000).contains(limit) else { return nil }
            let words = sides[0].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            switch (words[0], words.count) {
            case ("kind", 2) where !words[1].isEmpty: guard kinds.updateValue(limit, forKey: words[1]) == nil else { return nil }
            case ("destination", 2) where !words[1].isEmpty:
                guard destinations.updateValue(limit, forKey: words[1]) == nil else { return nil }
            case ("org", 1):
                guard perOrg == nil else { return nil }
                perOrg = limit
            default: return nil
            }
        }
    }
}

/// The limits of a worker that knows the numbers of its kinds, beside what it is at.
struct RunningLimits: Sendable {
    /// What counts together, and up to how many, by the number of the kind.
    private let kinds: [Int16: (name: String, limit: Int)]
    private let perOrg: Int?

    /// - Parameter numbers: the names of kinds by their numbers.
    init(_ limits: JobLimits, numbers: [Int16: String]) {
        kinds = numbers.compactMapValues { name in
            let plain = String(name.prefix { $0 != "#" })
            return limits.kinds[plain].map { (plain, $0) }
        }
        perOrg = limits.perOrg
    }

    /// Whether there is any.
    var isEmpty: Bool { kinds.isEmpty && perOrg == nil }

    /// Whether a job counts for one of them.
    func concern(_ job: ClaimedJob) -> Bool { kinds[job.kind] != nil || (perOrg != nil && job.org != nil) }

    /// What there is enough of: kinds by their numbers, and orgs.
    func reached(by jobs: some Sequence<ClaimedJob>) -> (kinds: Set<Int16>, orgs: [UUID]) {
        let counts = Counts(jobs, self)
        let full = kinds.filter { counts.kinds[$0.value.name, default: 0] >= $0.value.limit }
        return (Set(full.keys), perOrg.map { limit in counts.orgs.filter { $0.value >= limit }.map(\.key) } ?? [])
    }

    /// Which of the jobs just taken are too many beside those under way: one statement may take more of the same than there is room for.
    func surplus(of taken: [ClaimedJob], beside running: some Sequence<ClaimedJob>) -> Set<Int64> {
        var counts = Counts(running, self)
        var surplus: Set<Int64> = []
        for job in taken {
            let isOver =
                kinds[job.kind].map { counts.kinds[$0.name, default: 0] >= $0.limit } ?? false
                || perOrg.map { limit in job.org.map { counts.orgs[$0, default: 0] >= limit } ?? false } ?? false
            if isOver { surplus.insert(job.id) } else { counts.add(job, self) }
        }
        return surplus
    }

    private struct Counts {
        var kinds: [String: Int] = [:]
        var orgs: [UUID: Int] = [:]

        init(_ jobs: some Sequence<ClaimedJob>, _ limits: RunningLimits) {
            for job in jobs { add(job, limits) }
        }

        mutating func add(_ job: ClaimedJob, _ limits: RunningLimits) {
            if let kind = limits.kinds[job.kind] { kinds[kind.name, default: 0] += 1 }
            if limits.perOrg != nil, let org = job.org { orgs[org, default: 0] += 1 }
        }
    }
}
