public import Audit
public import Core
public import Notifications

/// Somebody who runs the product: a named person, apart from all user accounts (ADM-001).
public struct Operator: IdentifiedEntity, AuditReferable, Sendable, Hashable {
    /// The id of an operator.
    public typealias ID = Identifier<Operator>
    /// `opr`
    public static let idPrefix = "opr"
    /// `operator`
    public static let auditKind = AuditReferenceKind.operator

    /// The id.
    public let id: ID
    /// The person's name.
    public let name: String
    /// Where the person reads mail; `nil` where nobody has said.
    public let email: MailAddress?
    /// What the person may do.
    public let role: OperatorRole
    /// When the person was admitted.
    public let createdAt: Instant
    /// When it ended; the name stays in the history (ADM-010).
    public let disabledAt: Instant?

    /// Describes an operator.
    public init(id: ID, name: String, email: MailAddress?, role: OperatorRole, createdAt: Instant, disabledAt: Instant?) {
        self.id = id
        self.name = name
        self.email = email
        self.role = role
        self.createdAt = createdAt
        self.disabledAt = disabledAt
    }
}

/// What an operator can be allowed, one value for each line of the table of admin.md, section 1.
public enum OperatorPermission: String, Sendable, Hashable, CaseIterable {
    /// See orgs, people, subscriptions, graphs and jobs.
    case read
    /// See invoices, payments and credits.
    case readMoney = "read_money"
    /// Change subscriptions, invoices, credits and terms, and give money back.
    case changeMoney = "change_money"
    /// Change pools of AI credits.
    case changePools = "change_pools"
    /// Turn a control off, so that its work waits.
    case engageControls = "engage_controls"
    /// Turn a control on again.
    case releaseControls = "release_controls"
    /// Empty hosts, and keep graphs from being destroyed.
    case manageHosts = "manage_hosts"
    /// Set the limits of an org.
    case changeLimits = "change_limits"
    /// Make an org read-only.
    case freeze
    /// End that.
    case thaw
    /// Shut networks out and let them in again.
    case changeThrottles = "change_throttles"
    /// Change the levels of log lines for a while.
    case changeLogLevels = "change_log_levels"
    /// Handle jobs, dead letters and pauses of the queue.
    case manageJobs = "manage_jobs"
    /// Read all of the log.
    case readAudit = "read_audit"
    /// Read the log of one org at a time.
    case readOrgAudit = "read_org_audit"
    /// Keep what concerns an org, a person or a graph from being archived and erased, and let it go again.
    case manageHolds = "manage_holds"
    /// Add notes.
    case addNotes = "add_notes"
    /// Switch accounts of people off and on, let them end, make their copies of data, and ask for a reset of a lost second factor.
    case manageAccounts = "manage_accounts"
    /// Admit and end operators.
    case manageOperators = "manage_operators"
}

/// A named set of permissions (ADM-007).
public enum OperatorRole: String, Sendable, Hashable, CaseIterable {
    /// Looks.
    case viewer
    /// Helps customers.
    case support
    /// Handles money.
    case billing
    /// Keeps it running.
    case engineer
    /// Checks the others.
    case auditor
    /// Everything.
    case superadmin

    /// What the role allows.
    public var permissions: Set<OperatorPermission> {
        switch self {
        case .viewer: [.read]
        case .auditor: [.read, .readMoney, .readAudit, .readOrgAudit, .manageHolds]
        case .support:
            [.read, .readMoney, .changePools, .engageControls, .changeLimits, .freeze, .readOrgAudit, .addNotes, .manageAccounts]
        case .billing:
            [.read, .readMoney, .changeMoney, .changePools, .engageControls, .changeLimits, .freeze, .readOrgAudit, .addNotes]
        case .engineer:
            [.read, .engageControls, .manageHosts, .changeThrottles, .changeLogLevels, .manageJobs, .readOrgAudit, .addNotes]
        case .superadmin: Set(OperatorPermission.allCases)
        }
    }

    /// Whether addresses and names of people are shown in passing; others have them shown on purpose, which is an entry (ADM-008).
    public var seesPersonalData: Bool { self == .support || self == .billing || self == .superadmin }

    /// The most AI credits, in hundredths, that the role may add to a pool at once; `nil` for any.
    public var poolCap: Int64? { self == .support ? 1_000_00 : nil }

    /// The highest limits that the role may set; `nil` for any, unlimited ones included.
    public var limitCap: (graphs: Int, members: Int)? {
        self == .support ? (graphs: 25, members: 250) : nil
    }
}
