public import Audit
internal import Core
internal import Orgs

/// What the entries about one posting of the ledger have in common (AUD-108).
protocol AccountCreditEvent: AuditEvent {
    var credit: AccountCredit { get }
    var entry: AccountCreditEntry { get }
}

extension AccountCreditEvent {
    var references: AuditReferences {
        AuditReferences(AuditReference(credit.org), AuditReference(credit.id)).adding(entry.invoice.map { AuditReference($0) })
            .adding(credit.subscription.map { AuditReference($0) })
    }

    var summary: String { "\(entry.kind.rawValue) \(entry.amount.minorUnits) \(entry.amount.currency) of \(credit.id)" }

    var data: [String: JSONValue] {
        var data: [String: JSONValue] = [
            "amount": .integer(entry.amount.minorUnits), "currency": .string(entry.amount.currency.code),
            "home": .string(entry.home.rawValue), "balance_after": .integer(entry.balanceAfter), "source": .string(credit.source.rawValue),
            "sequence": .integer(entry.sequence),
        ]
        data["reason"] = entry.reason.map { .string($0) }
        data["provider_transaction"] = entry.providerTransaction.map { .string($0.rawValue) }
        return data
    }
}

/// The entries about account credits.
enum AccountCreditEntryRecord {
    struct Issued: AccountCreditEvent {
        static let type = AuditEventType.billing("account_credit_issued", .medium, .org, .accountCredit)
        let credit: AccountCredit
        let entry: AccountCreditEntry
        var risk: AuditRisk { credit.amount.minorUnits >= 100_000 ? .high : .medium }
    }

    struct Moved: AccountCreditEvent {
        static let type = AuditEventType.billing("account_credit_moved", .low, .org, .accountCredit)
        let credit: AccountCredit
        let entry: AccountCreditEntry
    }

    struct Applied: AccountCreditEvent {
        static let type = AuditEventType.billing("account_credit_applied", .low, .org, .accountCredit, .invoice)
        let credit: AccountCredit
        let entry: AccountCreditEntry
    }

    struct Restored: AccountCreditEvent {
        static let type = AuditEventType.billing("account_credit_restored", .low, .org, .accountCredit)
        let credit: AccountCredit
        let entry: AccountCreditEntry
    }

    struct Expired: AccountCreditEvent {
        static let type = AuditEventType.billing("account_credit_expired", .low, .org, .accountCredit)
        let credit: AccountCredit
        let entry: AccountCreditEntry
    }

    struct Revoked: AccountCreditEvent {
        static let type = AuditEventType.billing("account_credit_revoked", .medium, .org, .accountCredit)
        let credit: AccountCredit
        let entry: AccountCreditEntry
    }

    struct PaidOut: AccountCreditEvent {
        static let type = AuditEventType.billing("account_credit_paid_out", .medium, .org, .accountCredit)
        let credit: AccountCredit
        let entry: AccountCreditEntry
        var risk: AuditRisk { -entry.amount.minorUnits >= 100_000 ? .high : .medium }
    }

    struct Adjusted: AccountCreditEvent {
        static let type = AuditEventType.billing("account_credit_adjusted", .medium, .org, .accountCredit)
        let credit: AccountCredit
        let entry: AccountCreditEntry
    }
}

extension BillingAuditTypes {
    /// What the ledger of account credits tells (AUD-108).
    public static let accountCredits: [AuditEventType] = [
        AccountCreditEntryRecord.Issued.type, AccountCreditEntryRecord.Moved.type, AccountCreditEntryRecord.Applied.type,
        AccountCreditEntryRecord.Restored.type, AccountCreditEntryRecord.Expired.type, AccountCreditEntryRecord.Revoked.type,
        AccountCreditEntryRecord.PaidOut.type, AccountCreditEntryRecord.Adjusted.type,
    ]
}
