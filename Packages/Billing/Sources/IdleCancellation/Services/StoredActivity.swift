internal import Audit
internal import Billing
public import Core
public import Identity
internal import Jobs
internal import Orgs

/// Reads uses where authentication writes them, and probes that path (IDL-005, IDL-066).
public struct StoredActivity<Store: IdleStore>: ActivityReading {
    /// The transactions it reads in.
    public typealias Transaction = Store.Transaction
    private let store: Store
    private let maximumAge: Duration
    private let dateSource: any DateSource

    /// Reads from a store.
    ///
    /// - Parameter maximumAge: how old the last probe may be before another one is run.
    public init(store: Store, maximumAge: Duration, dateSource: any DateSource) {
        self.store = store
        self.maximumAge = maximumAge
        self.dateSource = dateSource
    }

    /// The latest use on record by anybody of a subject.
    public func lastActivity(of subject: IdleSubject, in transaction: Store.Transaction) async throws -> ActivityFact? {
        try await transaction.lastActivity(of: subject)
    }

    /// The last probe while it is young enough, else a new one.
    public func probe() async throws -> ProbeResult {
        let now = dateSource.now
        if let last = try await store.latestActivityProbe(), now - last.at <= maximumAge {
            return ProbeResult(isGreen: last.isGreen, at: last.at)
        }
        let fresh = try await store.probeActivity(at: now)
        return ProbeResult(isGreen: fresh.isGreen, at: fresh.at)
    }
}
