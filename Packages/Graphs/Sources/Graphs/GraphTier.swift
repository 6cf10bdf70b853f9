internal import Core

/// The limits of one tier, as the catalogue's section `graphs` gives them (billing.md, section 3; GRA-109).
public struct GraphTier: Sendable, Hashable {
    /// Its name.
    public let name: TierName
    /// What it is called.
    public let displayName: String
    /// One line about it.
    public let summary: String
    /// Whether its machine is shared with other graphs by default.
    public let isShared: Bool
    /// How many sessions a graph, and each of its logins, may have.
    public let connections: Int
    /// How long one statement may run.
    public let statementTimeout: Duration
    /// How much a session may put into temporary files, in GB.
    public let temporaryFilesGB: Int
    /// The cap on its size, in GB.
    public let storageCapGB: Int
    /// How many subgraphs it may have.
    public let subgraphs: Int
    /// How many backups a person may ask for in a day; `nil` when there is no cap.
    public let backupsPerDay: Int?
    /// For how many days a backup is kept at most.
    public let backupRetentionDays: Int
    /// The size of one backup, in GB.
    public let backupMaximumGB: Int
    /// How many backups may be downloaded in a month; `nil` when there is no cap.
    public let backupDownloadsPerMonth: Int?
    /// How many copies a day; `nil` when there is no cap.
    public let copiesPerDay: Int?
    /// The size of one file of a copy, in GB.
    public let copyFileGB: Int
    /// How long a copy, a backup or a restore may take.
    public let workTimeout: Duration
    /// How many rows one copy may bring.
    public let copyRows: Int
    /// How its request rates stand to those of the smallest tier.
    public let rateMultiplier: Double

    /// Makes a tier.
    public init(
        name: TierName, displayName: String, summary: String, isShared: Bool, connections: Int, statementTimeout: Duration,
        temporaryFilesGB: Int, storageCapGB: Int, subgraphs: Int, backupsPerDay: Int?, backupRetentionDays: Int, backupMaximumGB: Int,
        backupDownloadsPerMonth: Int?, copiesPerDay: Int?, copyFileGB: Int, workTimeout: Duration, copyRows: Int, rateMultiplier: Double
    ) {
        self.name = name
        self.displayName = displayName
        self.summary = summary
        self.isShared = isShared
        self.connections = connections
        self.statementTimeout = statementTimeout
        self.temporaryFilesGB = temporaryFilesGB
        self.storageCapGB = storageCapGB
        self.subgraphs = subgraphs
        self.backupsPerDay = backupsPerDay
        self.backupRetentionDays = backupRetentionDays
        self.backupMaximumGB = backupMaximumGB
        self.backupDownloadsPerMonth = backupDownloadsPerMonth
        self.copiesPerDay = copiesPerDay
        self.copyFileGB = copyFileGB
        self.workTimeout = workTimeout
        self.copyRows = copyRows
        self.rateMultiplier = rateMultiplier
    }

    /// What its engine enforces.
    public var engineLimits: EngineLimits {
        EngineLimits(
            connections: connections, statementTimeout: statementTimeout, idleInTransactionTimeout: .seconds(60),
            lockTimeout: .seconds(10), temporaryFilesGB: temporaryFilesGB)
    }
}

/// The tiers and figures of this deployment that concern graphs.
public struct GraphCatalogue: Sendable, Hashable {
    /// The tiers, smallest first.
    public let tiers: [GraphTier]
    /// The schema packs that can be installed.
    public let extensions: [SchemaExtension]
    /// For how long a suspended graph is kept (GRA-056).
    public let retention: Duration
    /// For how long a final backup is kept (GRA-060).
    public let finalBackupHosting: Duration

    /// Makes a catalogue.
    public init(tiers: [GraphTier], extensions: [SchemaExtension], retention: Duration, finalBackupHosting: Duration) {
        self.tiers = tiers
        self.extensions = extensions
        self.retention = retention
        self.finalBackupHosting = finalBackupHosting
    }

    /// The tier of a name, or `nil`; nothing falls back to another tier (GRA-004).
    public func tier(_ name: TierName) -> GraphTier? {
        tiers.first { $0.name == name }
    }

    /// The same catalogue with another retention.
    public func retaining(for retention: Duration) -> GraphCatalogue {
        GraphCatalogue(tiers: tiers, extensions: extensions, retention: retention, finalBackupHosting: finalBackupHosting)
    }

    /// The published figures (billing.md, section 3).
    public static let standard = GraphCatalogue(
        tiers: [
            GraphTier(
                name: .standard, displayName: "Standard", summary: "For one company and its ledgers", isShared: true, connections: 10,
                statementTimeout: .seconds(30), temporaryFilesGB: 1, storageCapGB: 10, subgraphs: 3, backupsPerDay: 2,
                backupRetentionDays: 7, backupMaximumGB: 10, backupDownloadsPerMonth: 10, copiesPerDay: 25, copyFileGB: 1,
                workTimeout: .seconds(900),
                copyRows: 2_000_000, rateMultiplier: 1),
            GraphTier(
                name: .large, displayName: "Large", summary: "For groups of companies", isShared: false, connections: 40,
                statementTimeout: .seconds(60), temporaryFilesGB: 5, storageCapGB: 50, subgraphs: 10, backupsPerDay: 10,
                backupRetentionDays: 30, backupMaximumGB: 50, backupDownloadsPerMonth: 20, copiesPerDay: 50, copyFileGB: 5,
                workTimeout: .seconds(1_800),
                copyRows: 10_000_000, rateMultiplier: 2.5),
            GraphTier(
                name: .xlarge, displayName: "Extra large", summary: "For whole markets", isShared: false, connections: 100,
                statementTimeout: .seconds(120), temporaryFilesGB: 10, storageCapGB: 100, subgraphs: 25, backupsPerDay: nil,
                backupRetentionDays: 90, backupMaximumGB: 100, backupDownloadsPerMonth: 40, copiesPerDay: nil, copyFileGB: 10,
                workTimeout: .seconds(3_600),
                copyRows: 50_000_000, rateMultiplier: 5),
        ],
        extensions: SchemaExtension.shipped, retention: .days(7), finalBackupHosting: .days(90))
}
