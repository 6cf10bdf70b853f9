internal import Audit
internal import Core

/// A version of the catalogue as the log calls it.
struct CatalogueVersionName: AuditReferableText, Hashable {
    static let auditKind = AuditReferenceKind.catalogueVersion
    let auditKey: String
}

/// What is sold, as the log calls what operators control of it.
struct CatalogueControlName: AuditReferableText, Hashable {
    static let auditKind = AuditReferenceKind.control
    let auditKey = "catalogue"
}

/// An operator has made another catalogue the active one (AUD-112).
struct CataloguePublishedEntry: AuditEvent {
    static let type = AuditEventType.billing("catalogue_published", .high, .control, .catalogueVersion)
    let preview: CataloguePreview
    let reason: String
    let name: String

    var references: AuditReferences {
        AuditReferences(AuditReference(CatalogueControlName()), AuditReference(CatalogueVersionName(auditKey: preview.to)))
    }
    var summary: String {
        "catalogue \(preview.to.prefix(12)) is active: \(preview.lines.count) plans differ, \(preview.touched) subscriptions are touched"
    }
    var data: [String: JSONValue] {
        ["preview": preview.json, "reason": .string(reason), "operator": .string(name)]
    }
}

/// The provider charges something else than the catalogue says: nothing is sold by that price (AUD-112, BIL-006).
struct PriceMismatchRefusedEntry: AuditEvent {
    static let type = AuditEventType.billing("price_mismatch_refused", .high, .control)
    let plan: PlanReference
    let interval: BillingInterval
    let amount: Money
    let price: ProviderID
    /// What the provider charges; `nil` when it has no such price.
    let found: ProviderPrice?

    var references: AuditReferences { AuditReferences(AuditReference(CatalogueControlName())) }
    var summary: String { "\(plan.key) version \(plan.version) is not sold: \(price.description) charges something else" }
    var data: [String: JSONValue] {
        [
            "plan": .string(plan.key.description), "plan_version": .integer(Int64(plan.version)), "interval": .string(interval.rawValue),
            "amount": .integer(amount.minorUnits), "currency": .string(amount.currency.code),
            "found_amount": found?.amount.map { .integer($0) } ?? .null, "found_currency": found.map { .string($0.currency) } ?? .null,
        ]
    }
}
