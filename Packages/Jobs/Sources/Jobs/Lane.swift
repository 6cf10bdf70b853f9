/// Where a job queues; each lane has slots of its own, so that mails do not wait behind backups (operations.md, section 4).
public enum Lane: Int16, Sendable, Hashable, CaseIterable, Codable {
    /// Provider intents, renewals, refunds.
    case money = 1
    /// Inbound provider events and outgoing deliveries.
    case webhooks
    /// Provisioning, teardown, suspension, and domain events.
    case lifecycle
    /// Mails and notices.
    case mail
    /// Sweeps, measures, cleanup.
    case maintenance

    /// The name that operators see.
    public var name: String { String(describing: self) }

    /// How long the oldest due job may wait before somebody has to look (operations.md, section 4).
    public var alertsAfter: Duration {
        switch self {
        case .money, .webhooks, .lifecycle: .seconds(30)
        case .mail: .seconds(300)
        case .maintenance: .seconds(1_800)
        }
    }

    /// Whether somebody has to hear at once of a job of it that was given up: money, or the life of a graph, hangs on it (OPS-065).
    public var alarmsAtOnce: Bool { self == .money || self == .lifecycle }
}

/// The order within a lane.
public enum JobPriority: Int16, Sendable, Hashable {
    /// Before everything else.
    case urgent = 1
    /// As most are.
    case normal
    /// After those.
    case low
    /// Many at once that nobody waits for.
    case bulk
}
