public import Observability

/// What Identity counts (ID-157). No label names a person, an address or an id.
public struct IdentityMetrics: Sendable {
    private let metrics: Metrics

    /// Counts into a registry.
    public init(_ metrics: Metrics) {
        self.metrics = metrics
    }

    /// A use of a credential was written down.
    func countTouch() {
        metrics.counter("identity_touch_writes_total", help: "Uses of credentials that were written down.").increment()
    }

    /// A use that an idle case waits for could not be written while the request was answered.
    func countDelayedActivity() {
        metrics.counter(
            "identity_delayed_activity_total", help: "Uses that an idle case waits for and that a job had to write down."
        ).increment()
    }

    /// The statement that authenticates failed and was repeated without noting the use.
    func countRepeatedAuthentication() {
        metrics.counter(
            "identity_repeated_authentication_total", help: "Authentications that were repeated without noting the use."
        ).increment()
    }

    /// How long the statement that authenticates took.
    func observeAuthentication(_ duration: Duration) {
        metrics.histogram("identity_authentication_statement_seconds", help: "Time of the statement that authenticates.").record(duration)
    }
}
