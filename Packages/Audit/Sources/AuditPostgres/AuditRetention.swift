public import Audit

/// How long an entry stays in the table, which its type says (AUD-064). Each group is a part of the table, with months of its own.
public enum AuditRetentionGroup: String, Sendable, Hashable, CaseIterable {
    /// Of whom nobody said it: entries from before there were groups, kept as long as the longest of the others.
    case mixed
    /// Money, and what operators do.
    case billing
    /// Everything else.
    case general
    /// Each change of a graph's content.
    case mutation

    /// The group of a type.
    public init(of type: AuditEventType) {
        self =
            if type.eventClass == .billing || type.component == "admin" {
                .billing
            } else if type.name == "graph_mutation" {
                .mutation
            } else {
                .general
            }
    }
}

/// A month of a group, by the clock of the database, in UTC.
public struct AuditMonth: Sendable, Hashable, CustomStringConvertible {
    /// The group.
    public let group: AuditRetentionGroup
    /// The month, such as `2026-01`.
    public let month: String

    /// Names a month.
    public init(_ group: AuditRetentionGroup, _ month: String) {
        self.group = group
        self.month = month
    }

    /// Reads what ``description`` wrote; `nil` for anything else.
    public init?(_ text: String) {
        let month = String(text.suffix(7))
        let isMonth =
            month.utf8.count == 7
            && month.utf8.enumerated().allSatisfy { index, byte in
                index == 4 ? byte == UInt8(ascii: "-") : (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            }
        guard isMonth else { return nil }
        if text == month {
            self.init(.mixed, month)
        } else {
            guard let group = AuditRetentionGroup(rawValue: String(text.dropLast(8))), group != .mixed, text == "\(group.rawValue)-\(month)"
            else { return nil }
            self.init(group, month)
        }
    }

    /// `general-2026-01`, or `2026-01` where there are no groups: what files and commands name.
    public var description: String { group == .mixed ? month : "\(group.rawValue)-\(month)" }
}

/// How long entries stay in the table before their month goes into its archive (AUD-066).
public struct AuditRetention: Sendable, Hashable {
    /// The fewest months that what has to do with money stays: seven years.
    public static let leastBillingMonths = 84

    /// For how many months money and what operators do stay, and what was written before there were groups.
    public let billingMonths: Int
    /// For how many months everything else stays.
    public let generalMonths: Int
    /// For how many days changes of graphs' contents stay.
    public let mutationDays: Int

    /// Says how long.
    ///
    /// - Parameter billingMonths: fewer than ``leastBillingMonths`` count as so many.
    public init(billingMonths: Int = 120, generalMonths: Int = 24, mutationDays: Int = 400) {
        self.billingMonths = max(billingMonths, Self.leastBillingMonths)
        self.generalMonths = generalMonths
        self.mutationDays = mutationDays
    }

    /// How long the entries of a month stay after its end.
    func time(of group: AuditRetentionGroup) -> (months: Int, days: Int) {
        switch group {
        case .mixed: (max(billingMonths, generalMonths, (mutationDays + 27) / 28), 0)
        case .billing: (billingMonths, 0)
        case .general: (generalMonths, 0)
        case .mutation: (0, mutationDays)
        }
    }
}
