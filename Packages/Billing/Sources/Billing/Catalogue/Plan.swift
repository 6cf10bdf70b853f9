public import Core

/// What can be bought, what it costs, what it allows and how its billing behaves.
public struct Plan: Hashable, Sendable {
    /// Which plan.
    public let key: PlanKey
    /// Which version; a changed price needs a new one.
    public let version: Int
    /// Its name for people; ``Catalogue/displayName(of:)`` is where everybody reads it (BIL-004).
    public let displayName: String
    /// What it is, in one sentence.
    public let description: String
    /// What is in it, line by line.
    public let features: [String]
    /// What it costs per interval.
    public let prices: [BillingInterval: Money]
    /// Days without a charge at the beginning.
    public let trialDays: Int
    /// AI credits per month.
    public let monthlyCredits: Int
    /// What the resource may do.
    public let limits: PlanLimits
    /// Whether it can be bought now.
    public internal(set) var sellable: Bool
    /// Whether it is announced and cannot be bought yet.
    public let comingSoon: Bool
    /// How its billing behaves in special cases.
    public let policies: Policies

    /// The reference that a sale of this version stores.
    public var reference: PlanReference { PlanReference(key: key, version: version) }

    /// Whether anybody can buy it now.
    public var isOnSale: Bool { sellable && !comingSoon }
}

extension Plan {
    /// How billing behaves when something is not the rule.
    public struct Policies: Hashable, Sendable {
        /// What becomes of paid time that is not used.
        public enum UnusedTime: String, Sendable, CaseIterable {
            case none
            case accountCredit = "account_credit"
            case refund
        }
        /// How money goes back when a paid resource could not be delivered.
        public enum ProvisioningFailure: String, Sendable, CaseIterable {
            case refund
            case accountCredit = "account_credit"
        }
        /// When the difference of a plan change is charged.
        public enum Proration: String, Sendable, CaseIterable {
            case chargeNow = "charge_now"
            case nextInvoice = "next_invoice"
            case none
        }
        /// When a downgrade takes effect.
        public enum Downgrade: String, Sendable, CaseIterable {
            case now
            case periodEnd = "period_end"
        }
        /// What a payment dispute does to the resource.
        public enum Dispute: String, Sendable, CaseIterable {
            case keep
            case readOnly = "read_only"
        }

        /// Whether a graph nobody uses is cancelled at its period end.
        public let idleAutoCancel: Bool
        /// What an immediate cancellation gives back.
        public let unusedTime: UnusedTime
        /// Below this nothing is given back, in cents.
        public let unusedTimeMinimum: Int64
        /// How money goes back when a paid resource could not be delivered.
        public let provisioningFailure: ProvisioningFailure
        /// When the difference of a plan change is charged.
        public let proration: Proration
        /// When a downgrade takes effect.
        public let downgrade: Downgrade
        /// Days of full service after a failed renewal.
        public let graceDays: Int
        /// Days after a failed renewal until the end.
        public let finalDays: Int
        /// What a payment dispute does to the resource.
        public let dispute: Dispute
    }
}

/// What a resource may do under a plan; an absent number is no limit.
public enum PlanLimits: Hashable, Sendable {
    case graph(GraphPlanLimits)
    case repository(RepositoryPlanLimits)
    case addon
}

/// What a graph may do under a plan; an absent number is no limit.
public struct GraphPlanLimits: Hashable, Sendable {
    /// Subgraphs.
    public let subgraphs: Int?
    /// Backups a day.
    public let backupsPerDay: Int?
    /// Days that backups are kept.
    public let backupRetentionDays: Int
    /// The size of one backup, in GB.
    public let backupMaxGB: Int?
    /// Backup downloads a month.
    public let backupDownloads: Int?
    /// Documents.
    public let documents: Int?
    /// The storage of a graph, in GB.
    public let storageCapGB: Int?
    /// Copies a day.
    public let copiesPerDay: Int?
    /// The size of one copy, in GB.
    public let copyMaxGB: Int?
    /// The time one copy may take, in seconds.
    public let copyTimeoutSeconds: Int
    /// Rows of one copy.
    public let rowsPerCopy: Int?
    /// Nodes.
    public let nodes: Int?
    /// Relationships.
    public let relationships: Int?
}

/// What a seat at a shared repository may do under a plan; an absent number is no limit.
public struct RepositoryPlanLimits: Hashable, Sendable {
    /// How often one kind of call may be made.
    public struct Rate: Hashable, Sendable {
        /// Calls a minute.
        public let perMinute: Int?
        /// Calls an hour.
        public let perHour: Int?
        /// Calls a day.
        public let perDay: Int?
    }

    /// `read`, `write` or `admin`.
    public let accessLevel: String
    /// Backup downloads a month.
    public let backupDownloads: Int?
    /// Queries.
    public let queries: Rate
    /// Calls of the model protocol.
    public let mcp: Rate
    /// Searches.
    public let search: Rate
    /// Calls of the agent.
    public let agent: Rate
}
