/// What somebody asks of a new backup (wire contract, BackupCreateRequest).
public struct BackupWish: Sendable, Hashable {
    /// `full_dump`, the only one.
    public var format: String?
    /// `full`, the only one.
    public var type: String?
    /// For how many days it is to be kept.
    public var retentionDays: Int?
    /// Whether it is packed, which it always is.
    public var isCompressed: Bool?
    /// A plan of repetition, of which there is none: every graph is backed up each night.
    public var schedule: String?

    /// For how many days at most, whatever the tier.
    public static let retention = 1...90
    /// For how many days when nothing is said.
    public static let usualRetentionDays = 30

    /// Describes a wish.
    public init(format: String?, type: String?, retentionDays: Int?, isCompressed: Bool?, schedule: String?) {
        self.format = format
        self.type = type
        self.retentionDays = retentionDays
        self.isCompressed = isCompressed
        self.schedule = schedule
    }

    /// For how many days it is kept: what is asked for, or less where the tier keeps it shorter (GRA-076).
    ///
    /// - Throws: ``GraphDraft/Faults`` with every fault there is (GRA-075).
    public func keptDays(atMost maximum: Int) throws(GraphDraft.Faults) -> Int {
        var faults: [GraphDraft.Fault] = []
        if let format, format != "full_dump" { faults.append(.init(path: ["backup_format"], reason: "must be full_dump")) }
        if let type, type != "full" { faults.append(.init(path: ["backup_type"], reason: "must be full")) }
        if isCompressed == false { faults.append(.init(path: ["compression"], reason: "must be true")) }
        if schedule != nil { faults.append(.init(path: ["schedule"], reason: "must be null: every graph is backed up each night")) }
        let days = retentionDays ?? Self.usualRetentionDays
        if !Self.retention.contains(days) { faults.append(.init(path: ["retention_days"], reason: "must be 1 to 90")) }
        guard faults.isEmpty else { throw GraphDraft.Faults(faults: faults) }
        return min(days, maximum)
    }
}
