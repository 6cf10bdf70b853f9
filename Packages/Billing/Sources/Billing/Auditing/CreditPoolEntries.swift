public import Audit
internal import Core
internal import Orgs

/// What the entries about one pool have in common (AUD-109); single uses are lines of the ledger, not entries.
protocol CreditPoolEvent: AuditEvent {
    var pool: CreditPool { get }
    var amount: AICredits { get }
}

extension CreditPoolEvent {
    var references: AuditReferences {
        AuditReferences(AuditReference(pool.org), AuditReference(pool.id), AuditReference(pool.subscription))
    }
    var summary: String { "\(amount.hundredths) hundredths of \(pool.id)" }
    var data: [String: JSONValue] { facts }
    var facts: [String: JSONValue] {
        [
            "amount_hundredths": .integer(amount.hundredths), "balance_hundredths": .integer(pool.balance.hundredths),
            "allocation_hundredths": .integer(pool.allocation.hundredths), "resource": .string(pool.resource.description),
            "window_start": .string(pool.window.start.description),
        ]
    }
}

/// The entries about pools.
enum CreditPoolEntry {
    struct Allocated: CreditPoolEvent {
        static let type = AuditEventType.billing("credits_allocated", .low, .org, .creditPool)
        let pool: CreditPool
        let amount: AICredits
    }

    struct Expired: CreditPoolEvent {
        static let type = AuditEventType.billing("credits_expired", .low, .org, .creditPool)
        let pool: CreditPool
        let amount: AICredits
    }

    struct Bonus: CreditPoolEvent {
        static let type = AuditEventType.billing("credits_bonus", .medium, .org, .creditPool)
        let pool: CreditPool
        let amount: AICredits
        let reason: String
        var data: [String: JSONValue] { facts.merging(["reason": .string(reason)]) { first, _ in first } }
    }

    struct Reset: CreditPoolEvent {
        static let type = AuditEventType.billing("credits_reset", .high, .org, .creditPool)
        let pool: CreditPool
        let amount: AICredits
        let reason: String
        var data: [String: JSONValue] { facts.merging(["reason": .string(reason)]) { first, _ in first } }
    }

    struct Adjusted: CreditPoolEvent {
        static let type = AuditEventType.billing("credits_adjusted", .medium, .org, .creditPool)
        let pool: CreditPool
        let amount: AICredits
        let reason: String
        var data: [String: JSONValue] { facts.merging(["reason": .string(reason)]) { first, _ in first } }
    }

    struct Exhausted: CreditPoolEvent {
        static let type = AuditEventType.billing("credits_exhausted", .low, .org, .creditPool)
        let pool: CreditPool
        let amount: AICredits
    }
}

extension BillingAuditTypes {
    /// What pools tell (AUD-109).
    public static let creditPools: [AuditEventType] = [
        CreditPoolEntry.Allocated.type, CreditPoolEntry.Expired.type, CreditPoolEntry.Bonus.type, CreditPoolEntry.Reset.type,
        CreditPoolEntry.Adjusted.type, CreditPoolEntry.Exhausted.type,
    ]
}
