internal import Audit
internal import AuditPostgres
internal import Postgres

/// Subscriptions, invoices, credits and the switches of the billing do not change without an entry of the log (AUD-023).
enum M0569CoverBilling: Migration {
    static let id = "0569-billing-cover"

    static var sql: String {
        AuditSchema.cover(
            "billing.subscription", as: .subscription, belonging: [(.org, "org_id")],
            columns: ["status", "plan_key", "plan_version", #""interval""#, "cancellation_type", "collection_paused"],
            // A change of plan that has begun is told of when it has come to something.
            when: "NEW.status <> 'upgrading'")
            + AuditSchema.cover(
                "billing.invoice", as: .invoice, belonging: [(.subscription, "subscription_id"), (.org, "org_id")],
                columns: ["status", "number", "total", "document_hash"],
                // What never got a number was a draft: it is prepared and thrown away without anybody having been asked for money. Of the
                // provider's invoices, which are mirrored as they are read, that they are paid is a fact of ours.
                when: "NEW.status <> 'draft' AND NEW.number IS NOT NULL AND (NEW.kind = 'own' OR NEW.status = 'paid')")
            + AuditSchema.cover("billing.account_credit", as: .accountCredit, belonging: [(.org, "org_id")], columns: ["amount"])
            + AuditSchema.cover(
                "billing.credit_pool", as: .creditPool, belonging: [(.subscription, "subscription_id"), (.org, "org_id")],
                columns: ["allocation"])
            + AuditSchema.cover("billing.control", as: .control, key: ["name"], belonging: [], columns: ["is_on"])
    }
}
