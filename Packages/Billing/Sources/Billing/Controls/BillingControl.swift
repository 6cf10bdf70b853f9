public import Core

/// A switch by which operators hold a kind of work: off, it queues and waits, what comes in is kept, and nothing is lost (BIL-131).
public enum BillingControl: String, Codable, Sendable, CaseIterable {
    /// Selling by the hosted page.
    case sell
    /// Selling directly, on the card on file or by invoice.
    case directCreate = "direct_create"
    /// Everything that changes something at the payment provider.
    case providerWrites = "provider_writes"
    /// Applying what the provider tells; events are taken in all the same.
    case processEvents = "process_events"
    /// Calling off what nobody uses.
    case autoCancel = "auto_cancel"
    /// Reminders of debts and what follows from them.
    case dunning
    /// Billing the next period of those who pay by invoice.
    case netTermsRenewal = "net_terms_renewal"
    /// Giving money back.
    case refunds
    /// Posting the credits of a month.
    case creditAllocation = "credit_allocation"
    /// Repairing differences that a comparison finds.
    case autoRepair = "auto_repair"
    /// Giving dead space of graphs back.
    case storageReclaim = "storage_reclaim"
    /// Closing graphs.
    case suspensions
    /// Destroying anything, whether by deletion, purge or erasure.
    case teardowns

    /// After which time work that is held looks again.
    public static var pause: Duration { .minutes(1) }
}

/// How a control stands, and who put it there.
public struct BillingControlState: Sendable, Hashable {
    /// Which one.
    public let control: BillingControl
    /// Whether its work is done.
    public let isOn: Bool
    /// Who put it there last; `nil` for one that was never touched.
    public let changedBy: String?
    /// Why.
    public let reason: String?
    /// When.
    public let changedAt: Instant?

    /// Describes a control.
    public init(control: BillingControl, isOn: Bool, changedBy: String? = nil, reason: String? = nil, changedAt: Instant? = nil) {
        self.control = control
        self.isOn = isOn
        self.changedBy = changedBy
        self.reason = reason
        self.changedAt = changedAt
    }
}

/// Reads controls; every run of held work asks anew.
public protocol BillingControlReading: Sendable {
    /// How every control stands.
    func controls() async throws -> [BillingControlState]

    /// The controls that are off.
    func controlsOff() async throws -> Set<BillingControl>
}

extension BillingControlReading {
    /// Whether the work of a control is done now.
    func isOn(_ control: BillingControl) async throws -> Bool { try await !controlsOff().contains(control) }
}

/// Reads and flips controls within a unit of work.
public protocol BillingControlTransaction {
    /// Whether the work of a control is done now.
    func isOn(_ control: BillingControl) async throws -> Bool

    /// Stores how a control stands; whoever flips the same one waits.
    ///
    /// - Returns: whether it stood otherwise before.
    func flip(_ state: BillingControlState) async throws -> Bool
}
