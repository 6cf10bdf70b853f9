internal import Core
public import Observability

/// What Billing measures (BIL-147). No label names an org, a person or an id.
public struct BillingMetrics: Sendable {
    private let metrics: Metrics

    /// Measures into a registry.
    public init(_ metrics: Metrics) {
        self.metrics = metrics
    }

    /// Shows a census. What is counted no more goes to zero, so that no old figure stays.
    func set(_ census: BillingCensus) {
        for family in BillingCensus.Family.allCases { set(family, census.counts[family] ?? []) }
        metrics.gauge("billing_event_lag_seconds", help: "How long the provider's oldest event waits to be applied, as last counted.")
            .set(Int(census.eventLag.components.seconds))
    }

    private func set(_ family: BillingCensus.Family, _ counts: [BillingCensus.Count]) {
        let shape = Self.shape(of: family)
        metrics.forget(shape.name)
        if let oldest = shape.oldest { metrics.forget(oldest) }
        for count in counts {
            let labels = zip(shape.labels, [count.group, count.word]).map { Label($0, $1) }
            metrics.gauge(shape.name, help: shape.help, labels: labels).set(count.number)
            if let oldest = shape.oldest {
                metrics.gauge(oldest, help: "Age of the oldest, as last counted.", labels: labels).set(Int(count.oldest.components.seconds))
            }
        }
    }

    private struct Shape {
        let name: String
        let help: String
        var labels: [String] = []
        var oldest: String?
    }

    private static func shape(of family: BillingCensus.Family) -> Shape {
        switch family {
        case .intents:
            Shape(
                name: "billing_intents", help: "Orders to the provider that are not settled.", labels: ["kind", "state"],
                oldest: "billing_intents_oldest_seconds")
        case .events:
            Shape(
                name: "billing_events", help: "The provider's events that are not done; parked ones wait for an operator.",
                labels: ["state"], oldest: "billing_events_oldest_seconds")
        case .dunning: Shape(name: "billing_dunning_cases", help: "Open debts by stage.", labels: ["stage"])
        case .drift: Shape(name: "billing_drift_items", help: "Open differences from the provider.", labels: ["severity"])
        case .provisioning:
            Shape(name: "billing_provisioning", help: "Sales that are being provisioned.", oldest: "billing_provisioning_oldest_seconds")
        case .compensations:
            Shape(name: "billing_compensations", help: "Sales that are being undone.", oldest: "billing_compensations_oldest_seconds")
        case .subscriptions: Shape(name: "billing_subscriptions", help: "Live subscriptions by status.", labels: ["status"])
        case .renewals: Shape(name: "billing_renewals_day", help: "Renewals that were paid in the last day.")
        case .credit:
            Shape(name: "billing_account_credit", help: "What orgs are owed, in the smallest unit.", labels: ["currency"])
        case .activation:
            Shape(name: "billing_activation_slowest_seconds", help: "From order to activation, the slowest of the last day.")
        }
    }
}
