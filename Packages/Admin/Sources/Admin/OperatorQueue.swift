public import Core

/// A part of the queue as operators see it.
public struct LaneFigures: Sendable, Hashable {
    /// Its name.
    public let name: String
    /// How many jobs wait whose time has come.
    public let due: Int
    /// How many wait for their time.
    public let later: Int
    /// How many are at work.
    public let running: Int
    /// How many were given up and wait for somebody.
    public let dead: Int
    /// Since when the oldest due one waits.
    public let oldestDue: Instant?
    /// How long the jobs of the last hour waited: the median and the 95th percentile, in milliseconds.
    public let delays: (median: Int64?, high: Int64?)
    /// Why it is held.
    public let heldBecause: String?
    /// Whether there are more jobs than were counted: nobody counts a million of them for a page.
    public let isMore: Bool

    /// Describes a lane.
    public init(
        name: String, due: Int, later: Int, running: Int, dead: Int, oldestDue: Instant?, delays: (median: Int64?, high: Int64?),
        heldBecause: String?, isMore: Bool
    ) {
        self.name = name
        self.due = due
        self.later = later
        self.running = running
        self.dead = dead
        self.oldestDue = oldestDue
        self.delays = delays
        self.heldBecause = heldBecause
        self.isMore = isMore
    }

    /// Whether two show the same lane.
    public static func == (left: LaneFigures, right: LaneFigures) -> Bool { left.name == right.name && left.due == right.due }

    /// Mixes the name.
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// A schedule as operators see it.
public struct ScheduleFigures: Sendable, Hashable {
    /// Its name.
    public let name: String
    /// When it is due, as a cron expression.
    public let expression: String
    /// Its last tick.
    public let lastTick: Instant
    /// Its next tick.
    public let nextTick: Instant?
    /// Why it rests; `nil` while it is at work.
    public let heldBecause: String?
    /// Whether somebody asked for a run.
    public let isRunRequested: Bool
    /// Whether two ticks were missed.
    public let isOverdue: Bool

    /// Describes a schedule.
    public init(
        name: String, expression: String, lastTick: Instant, nextTick: Instant?, heldBecause: String?, isRunRequested: Bool,
        isOverdue: Bool
    ) {
        self.name = name
        self.expression = expression
        self.lastTick = lastTick
        self.nextTick = nextTick
        self.heldBecause = heldBecause
        self.isRunRequested = isRunRequested
        self.isOverdue = isOverdue
    }
}

/// Jobs that were given up for one reason.
public struct DeadGroup: Sendable, Hashable {
    /// The kind.
    public let kind: String
    /// The lane.
    public let lane: String
    /// The error, cut to its first line.
    public let reason: String
    /// How many.
    public let count: Int
    /// When the first was given up.
    public let first: Instant
    /// When the last was.
    public let last: Instant

    /// Describes a group.
    public init(kind: String, lane: String, reason: String, count: Int, first: Instant, last: Instant) {
        self.kind = kind
        self.lane = lane
        self.reason = reason
        self.count = count
        self.first = first
        self.last = last
    }
}

/// Which jobs that were given up are to run again, and how many a minute.
public struct DeadSelection: Sendable, Hashable {
    /// Only of this kind.
    public var kind: String?
    /// Only of this lane.
    public var lane: String?
    /// Only with this in the error.
    public var reason: String?
    /// At most so many, the oldest first.
    public var limit: Int
    /// So many a minute.
    public var perMinute: Int

    /// Selects.
    public init(kind: String? = nil, lane: String? = nil, reason: String? = nil, limit: Int, perMinute: Int) {
        self.kind = kind
        self.lane = lane
        self.reason = reason
        self.limit = limit
        self.perMinute = perMinute
    }
}

/// Which jobs that wait are meant; what a process of several steps waits for is its own.
public struct WaitingSelection: Sendable, Hashable {
    /// Only of this kind.
    public var kind: String?
    /// Only of this lane.
    public var lane: String?
    /// Only of this org, by its id.
    public var org: String?
    /// Only what was enqueued before.
    public var enqueuedBefore: Instant?
    /// At most so many, the oldest first.
    public var limit: Int
    /// So many a minute.
    public var perMinute: Int

    /// Selects.
    public init(
        kind: String? = nil, lane: String? = nil, org: String? = nil, enqueuedBefore: Instant? = nil, limit: Int, perMinute: Int
    ) {
        self.kind = kind
        self.lane = lane
        self.org = org
        self.enqueuedBefore = enqueuedBefore
        self.limit = limit
        self.perMinute = perMinute
    }
}

/// A part of the queue that can be held.
public enum HeldPart: Sendable, Hashable {
    /// A lane, by its name.
    case lane(String)
    /// A kind of job, by its name.
    case kind(String)
}

/// Why nothing was done to the queue.
public enum QueueRefusal: Error, Hashable, Sendable {
    /// There is no such job, lane, kind, schedule or saga.
    case notFound
    /// It is in no state for that.
    case state(String)
}

/// What operators do with jobs, lanes, schedules and sagas; each change is one transaction with its entry (ADM-030 to ADM-032).
public protocol OperatorQueue: Sendable {
    /// Every lane.
    func lanes() async throws -> [LaneFigures]
    /// The kinds of jobs that are held, each with the reason.
    func heldKinds() async throws -> [(kind: String, reason: String)]
    /// Holds a part of the queue; twice is once.
    func hold(_ part: HeldPart, because reason: String, by person: Operator.ID) async throws
    /// Lets a part of the queue go; twice is once.
    func letGo(_ part: HeldPart, because reason: String, by person: Operator.ID) async throws

    /// Every schedule, by name.
    func schedules() async throws -> [ScheduleFigures]
    /// Asks for a run now; asked again before it begins, it is one run.
    func run(schedule name: String, because reason: String, by person: Operator.ID) async throws
    /// Lets a schedule rest; twice is once.
    func hold(schedule name: String, because reason: String, by person: Operator.ID) async throws
    /// Lets it go on; twice is once.
    func letGo(schedule name: String, because reason: String, by person: Operator.ID) async throws

    /// Jobs that were given up and that nobody dealt with, by kind and error.
    func deadGroups() async throws -> [DeadGroup]
    /// Lets a job that was given up run again.
    ///
    /// - Returns: the number of the new job.
    func retry(_ job: Int64, because reason: String, by person: Operator.ID) async throws -> Int64
    /// Lets many run again, a few a minute.
    ///
    /// - Returns: the old and the new numbers.
    func retry(_ selection: DeadSelection, because reason: String, by person: Operator.ID) async throws -> [(old: Int64, new: Int64)]
    /// Which jobs a selection means now, the oldest first.
    func letters(of selection: DeadSelection) async throws -> [Int64]
    /// Lays many aside for good.
    ///
    /// - Returns: their numbers.
    func discard(_ selection: DeadSelection, because reason: String, by person: Operator.ID) async throws -> [Int64]
    /// Lays a job that was given up aside for good.
    func discard(_ job: Int64, because reason: String, by person: Operator.ID) async throws
    /// Takes a waiting job out of the queue.
    func cancel(_ job: Int64, because reason: String, by person: Operator.ID) async throws
    /// Lets a waiting job run at once.
    func runNow(_ job: Int64, because reason: String, by person: Operator.ID) async throws
    /// Takes a job at work away from its worker, which stops it within seconds; what it still returns is refused.
    func stop(_ job: Int64, because reason: String, by person: Operator.ID) async throws
    /// Which jobs that wait a selection means now, the oldest first; with `later` only those that wait for their time.
    func waiting(_ selection: WaitingSelection, later: Bool) async throws -> [Int64]
    /// Takes many waiting jobs out of the queue.
    ///
    /// - Returns: their numbers.
    func cancel(_ selection: WaitingSelection, because reason: String, by person: Operator.ID) async throws -> [Int64]
    /// Lets many jobs run that wait for their time, a few a minute.
    ///
    /// - Returns: their numbers.
    func runNow(_ selection: WaitingSelection, because reason: String, by person: Operator.ID) async throws -> [Int64]
    /// Lets a stuck saga try its step again.
    func retrySaga(_ saga: String, because reason: String, by person: Operator.ID) async throws
}
