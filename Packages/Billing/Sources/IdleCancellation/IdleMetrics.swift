public import Observability

/// What idle cancellation counts (IDL-073, ADM-062): the basic seven, each outcome in exactly one of them, and further ones. No label names an id.
public struct IdleMetrics: Sendable {
    private let metrics: Metrics

    /// Counts into a registry.
    public init(_ metrics: Metrics) {
        self.metrics = metrics
    }

    /// A renewal was called off.
    func fired() { count("cancel_fired_total", "Renewals that were called off.") }

    /// An evaluation that called nothing off.
    func skipped(_ reason: String) { count("cancel_skipped_total", "Evaluations that called nothing off, by reason.", ("reason", reason)) }

    /// A reversal was accepted.
    func reversed(_ via: ReversalVia) {
        switch via {
        case .link: count("reverse_link_total", "Cancellations taken back by the link of the mail.")
        case .activity: count("reverse_activity_total", "Cancellations taken back by use.")
        case .portal, .owner, .operator:
            count("reverse_other_total", "Cancellations taken back in other ways.", ("via", via.rawValue))
        }
    }

    /// A mail was put on its way, held back or withdrawn.
    public func mailEnqueued(kind: String, status: String) {
        metrics.counter(
            "trellis_idle_mail_enqueued_total", help: "Mails of idle cancellation, by kind and status.",
            labels: [Label("kind", kind), Label("status", status)]
        ).increment()
    }

    /// Something went wrong.
    public func failed(_ reason: String) { count("cancel_error_total", "Faults, by reason.", ("reason", reason)) }

    /// The provider had no end where we thought it had one.
    func driftCorrected() { count("drift_corrected_total", "Cancellations that the provider did not know of.") }

    func superseded() { count("superseded_total", "Cancellations taken back before anything was sent.") }
    func overridden(_ origin: String) { count("overridden_total", "Cancellations replaced by somebody's own.", ("origin", origin)) }
    func missed() { count("missed_renewal_total", "Renewals that came before the confirmation.") }
    func keepFailed() { count("keep_failed_total", "Reversals that came too late at the provider.") }
    func recovered(_ kind: String) { count("recovered_total", "What a sweep made up for.", ("kind", kind)) }

    func guardIsOpen(_ isOpen: Bool) {
        metrics.gauge("trellis_idle_guard_open", help: "Whether decisions are held.").set(isOpen ? 1 : 0)
    }

    private func count(_ name: String, _ help: String, _ label: (String, String)? = nil) {
        metrics.counter("trellis_idle_" + name, help: help, labels: label.map { [Label($0.0, $0.1)] } ?? []).increment()
    }
}
