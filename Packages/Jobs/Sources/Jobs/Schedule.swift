/// Work that is due again and again.
public struct Schedule: Sendable {
    /// What becomes of ticks that passed while nobody was there.
    public enum Missed: Sendable, Hashable {
        /// They are left out: only a tick of the last minute is run.
        case skipped
        /// One run makes up for all of them.
        case once
        /// Each is made up for, the last `limit` of them.
        case each(limit: Int)
    }

    /// The stored name, such as `graphs.suspension_sweep`; never changed once it has landed.
    public let name: String
    /// When it is due, in UTC.
    public let cron: CronExpression
    /// What becomes of missed ticks.
    public let missed: Missed
    /// What is enqueued. One job of a schedule lives at a time.
    public let job: any Job
    /// The serial key that the job shares with those it enqueues to go on, so that a tick waits until what the last one began has ended;
    /// `nil` where a job does all of its work itself.
    public let serialKey: String?

    /// Declares a schedule.
    public init(_ name: String, _ cron: CronExpression, missed: Missed, job: any Job, serialKey: String? = nil) {
        self.name = name
        self.cron = cron
        self.missed = missed
        self.job = job
        self.serialKey = serialKey
    }
}
