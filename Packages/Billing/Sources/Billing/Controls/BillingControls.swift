public import Audit
public import Core
internal import Identity
internal import Orgs

/// Flips the controls of Billing for operators; every flip has a name and a reason, and an entry in the log (BIL-131).
public struct BillingControls<Store: BillingStore>: Sendable {
    private let store: Store
    private let dateSource: any DateSource

    /// Flips the controls that a store keeps.
    public init(store: Store, dateSource: any DateSource) {
        self.store = store
        self.dateSource = dateSource
    }

    /// Why a flip was not made.
    public enum Refusal: Error, Hashable, Sendable {
        /// Nobody says who flips it.
        case nobody
        /// A reason has 10 to 200 characters.
        case reason
    }

    /// How every control stands.
    public func states() async throws -> [BillingControlState] { try await store.controls() }

    /// Turns a control on or off; one that stands so already stays as it is, and nothing is written down.
    ///
    /// What was held goes on within a minute after it was turned on, in its order.
    /// - Parameter actor: whom the entry names; the command line of the machine without.
    /// - Throws: ``Refusal`` without a name or a reason.
    @discardableResult
    public func set(
        _ control: BillingControl, isOn: Bool, because reason: String, by name: String, as actor: AuditActor = .system(component: "cli")
    ) async throws -> Bool {
        guard !name.isEmpty, name.count <= 100 else { throw Refusal.nobody }
        guard (10...200).contains(reason.count) else { throw Refusal.reason }
        let state = BillingControlState(control: control, isOn: isOn, changedBy: name, reason: reason, changedAt: dateSource.now)
        return try await store.withTransaction(.system) { transaction in
            guard try await transaction.flip(state) else { return false }
            if isOn {
                try await transaction.record(KillSwitchReleasedEntry(state: state), by: actor)
            } else {
                try await transaction.record(KillSwitchEngagedEntry(state: state), by: actor)
            }
            return true
        }
    }
}

/// A control as the log calls it.
struct BillingControlName: AuditReferableText, Hashable {
    static let auditKind = AuditReferenceKind.control
    let auditKey: String
}

/// What the entries about a flip have in common (AUD-112).
protocol ControlFlipEntry: AuditEvent {
    var state: BillingControlState { get }
}

extension ControlFlipEntry {
    var references: AuditReferences { AuditReferences(AuditReference(BillingControlName(auditKey: state.control.rawValue))) }
    var summary: String { "\(state.control.rawValue) was turned \(state.isOn ? "on" : "off")" }
    var data: [String: JSONValue] {
        [
            "control": .string(state.control.rawValue), "is_on": .bool(state.isOn), "reason": .string(state.reason ?? ""),
            "operator": .string(state.changedBy ?? ""),
        ]
    }
}

/// Somebody turned a control off: its work waits.
struct KillSwitchEngagedEntry: ControlFlipEntry {
    static let type = AuditEventType.billing("kill_switch_engaged", .critical, .control)
    let state: BillingControlState
}

/// Somebody turned a control on again.
struct KillSwitchReleasedEntry: ControlFlipEntry {
    static let type = AuditEventType.billing("kill_switch_released", .high, .control)
    let state: BillingControlState
}
