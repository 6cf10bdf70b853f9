internal import Audit
internal import Core
internal import Orgs

struct CustomerCreatedEntry: AuditEvent {
    static let type = AuditEventType.billing("customer_created", .low, .org, .billingCustomer)
    let customer: BillingCustomer

    var references: AuditReferences { AuditReferences(AuditReference(customer.org), AuditReference(customer.id)) }
    var summary: String { "billing customer of \(customer.org)" }
}

/// The provider has taken what a payer says about itself; what that is stands in the customer's record alone (AUD-054).
struct CustomerUpdatedEntry: AuditEvent {
    static let type = AuditEventType.billing("customer_updated", .low, .org, .billingCustomer)
    let customer: BillingCustomer
    let intent: ProviderIntent.ID

    var references: AuditReferences {
        AuditReferences(AuditReference(customer.org), AuditReference(customer.id), AuditReference(intent))
    }
    var summary: String { "billing customer of \(customer.org) updated at the provider" }
}

/// Which fields changed; what is in them is in the customer's record alone (AUD-054).
struct BillingContactChangedEntry: AuditEvent {
    static let type = AuditEventType.billing("billing_contact_changed", .medium, .org, .billingCustomer)
    let customer: BillingCustomer
    let fields: [String]

    var references: AuditReferences { AuditReferences(AuditReference(customer.org), AuditReference(customer.id)) }
    var summary: String { fields.isEmpty ? "billing contact erased" : "billing contact changed: \(fields.joined(separator: ", "))" }
    var data: [String: JSONValue] { ["fields": .array(fields.map { .string($0) })] }
}

/// What the entries about one method have in common (AUD-101); cards are shown as brand and last four digits (AUD-054).
protocol PaymentMethodEntry: AuditEvent {
    var method: PaymentMethod { get }
    var cause: InboundEvent.ID? { get }
}

extension PaymentMethodEntry {
    var references: AuditReferences {
        AuditReferences(AuditReference(method.org), AuditReference(BillingCustomer.ID(uuid: method.org.uuid)))
            .adding(cause.map { AuditReference($0) })
    }

    var summary: String { "payment method \(method.id.description) of \(method.org)" }

    var data: [String: JSONValue] {
        var data: [String: JSONValue] = ["type": .string(method.type), "is_default": .bool(method.isDefault)]
        data["brand"] = method.brand.map { .string($0) }
        data["last4"] = method.last4.map { .string($0) }
        return data
    }
}

struct PaymentMethodAddedEntry: PaymentMethodEntry {
    static let type = AuditEventType.billing("payment_method_added", .low, .org, .billingCustomer)
    let method: PaymentMethod
    let cause: InboundEvent.ID?
}

struct PaymentMethodUpdatedEntry: PaymentMethodEntry {
    static let type = AuditEventType.billing("payment_method_updated", .low, .org, .billingCustomer)
    let method: PaymentMethod
    let cause: InboundEvent.ID?
}

struct PaymentMethodRemovedEntry: PaymentMethodEntry {
    static let type = AuditEventType.billing("payment_method_removed", .medium, .org, .billingCustomer)
    let method: PaymentMethod
    let cause: InboundEvent.ID?
}
