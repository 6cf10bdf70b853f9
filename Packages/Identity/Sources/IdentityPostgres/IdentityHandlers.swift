public import Identity
internal import Jobs
public import JobsPostgres

/// Everything this package does in a worker: its jobs, the events it hears and its schedules.
public struct IdentityHandlers<Store: IdentityStore>: Sendable {
    private let environment: IdentityEnvironment<Store>
    private let registerPurge: @Sendable (inout JobRegistry) -> Void

    /// Makes the handlers of a product without orgs.
    public init(_ environment: IdentityEnvironment<Store>) {
        self.init(environment, observer: NoAccountObserver<Store.Transaction>())
    }

    /// Makes the handlers.
    ///
    /// - Parameter observer: what else belongs to the end of an account, such as its memberships; the one that the routes have.
    public init<Observer: AccountObserver>(_ environment: IdentityEnvironment<Store>, observer: Observer)
    where Observer.Transaction == Store.Transaction {
        self.environment = environment
        registerPurge = { registry in
            registry.register(PurgeAccountHandler(environment, observer: observer))
            registry.register(ReviewUnverifiedHandler(environment, observer: observer))
            registry.register(ReviewOrphanHandler(environment, observer: observer))
        }
    }

    /// Adds all of them to a worker's registry; a second time is a defect and ends the program.
    public func register(on registry: inout JobRegistry) {
        registry.register(SendPasswordResetHandler(environment))
        registry.register(RecordActivityHandler(environment))
        registry.register(ReviewKeysHandler(environment))
        registry.register(ProbeActivityHandler(environment))
        registerPurge(&registry)
        registry.register(EraseTracesHandler(environment))
        registry.register(CleanUpHandler(environment))
        registry.register(TakeCensusHandler(environment))
        registry.register(RenewLinkHandler(environment))
        registry.register(ResetSecondFactorHandler(environment))
        if let often = CronExpression("*/5 * * * *"), let hourly = CronExpression("25 * * * *"), let nightly = CronExpression("20 3 * * *"),
            let later = CronExpression("40 * * * *")
        {
            registry.add(Schedule("identity.probe_activity", hourly, missed: .once, job: ProbeActivity()))
            registry.add(Schedule("identity.take_census", often, missed: .once, job: TakeCensus()))
            registry.add(Schedule("identity.review_keys", often, missed: .once, job: ReviewKeys()))
            registry.add(Schedule("identity.review_unverified", nightly, missed: .once, job: ReviewUnverified()))
            registry.add(Schedule("identity.clean_up", later, missed: .once, job: CleanUp()))
        }
    }
}
