public import Observability

/// What Identity counts (ID-157). No label names a person, an address or an id.
public struct IdentityMetrics: Sendable {
    private let metrics: Metrics

    /// Counts into a registry.
    public init(_ metrics: Metrics) {
        self.metrics = metrics
    }

    /// What a sign-in by password came to.
    enum SignIn: String, CaseIterable, Sendable {
        case succeeded, failed, delayed, blocked, busy, refused

        /// Reads a refusal.
        init(_ error: any Error) {
            switch error as? IdentityError {
            case .invalidCredentials: self = .failed
            case .delayed: self = .delayed
            case .blocked: self = .blocked
            case .busy: self = .busy
            default: self = .refused
            }
        }
    }

    /// Somebody tried to sign in.
    func countSignIn(_ outcome: SignIn) {
        metrics.counter(
            "identity_sign_ins_total", help: "Sign-ins by password, by what they came to.", labels: [Label("outcome", outcome.rawValue)]
        ).increment()
    }

    /// A request was refused.
    ///
    /// - Parameter code: the code of the answer, of which there are few.
    public func countRefusal(_ code: String) {
        metrics.counter("identity_refusals_total", help: "Refusals, by the code of the answer.", labels: [Label("code", code)]).increment()
    }

    /// How many wait for a password to be hashed.
    func observeHashQueue(_ waiting: Int) {
        metrics.gauge("identity_hash_queue", help: "Passwords that wait to be hashed, as the latest sign-in found it.").set(waiting)
    }

    /// What was counted in the database.
    func set(_ census: IdentityCensus) {
        metrics.gauge("identity_live_sessions", help: "Sessions that can be used, as last counted.").set(census.liveSessions)
        metrics.gauge("identity_blocked_networks", help: "Networks that are shut out, as last counted.").set(
            census.blockedNetworks)
    }

    /// A use of a credential was written down.
    func countTouch() {
        metrics.counter("identity_touch_writes_total", help: "Uses of credentials that were written down.").increment()
    }

    /// A use that an idle case waits for could not be written while the request was answered.
    func countDelayedActivity() {
        metrics.counter(
            "trellis_idle_touch_failed_total", help: "Uses that an idle case waits for and that could not be written before the answer."
        ).increment()
    }

    /// Whether uses are recorded as they should be.
    func set(_ probe: ActivityProbe) {
        metrics.gauge("trellis_idle_probe_ok", help: "1 when the latest probe found that uses are recorded.").set(probe.isGreen ? 1 : 0)
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
