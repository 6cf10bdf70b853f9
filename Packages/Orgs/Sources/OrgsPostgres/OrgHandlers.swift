internal import Core
internal import IdentityPostgres
internal import Jobs
public import JobsPostgres
public import Observability
public import Orgs
internal import Postgres

/// Everything this package does in a worker: its jobs and its schedules.
public struct OrgHandlers<Store: PostgresOrgStoring>: Sendable {
    private let store: Store
    private let administration: any OrgAdministration
    private let lifecycleObservers: [any OrgLifecycleObserver<Store.Transaction>]
    private let membershipObservers: [any MembershipObserver<Store.Transaction>]
    private let exportContributors: [any ExportContributor<Store.Transaction>]
    private let purgeAdmission: (any OrgPurgeAdmitting<Store.Transaction>)?
    private let settings: OrgsSettings
    private let metrics: Metrics
    private let log: Log

    /// Makes the handlers.
    ///
    /// - Parameters:
    ///   - lifecycleObservers: what packages above do when an org ends.
    ///   - membershipObservers: what packages above do when a membership ends.
    ///   - exportContributors: what packages above add to an export.
    ///   - purgeAdmission: who holds purges when there are suspiciously many.
    public init(
        store: Store, administration: any OrgAdministration, lifecycleObservers: [any OrgLifecycleObserver<Store.Transaction>],
        membershipObservers: [any MembershipObserver<Store.Transaction>],
        exportContributors: [any ExportContributor<Store.Transaction>] = [],
        purgeAdmission: (any OrgPurgeAdmitting<Store.Transaction>)? = nil,
        settings: OrgsSettings, metrics: Metrics,
        log: Log
    ) {
        self.store = store
        self.administration = administration
        self.lifecycleObservers = lifecycleObservers
        self.membershipObservers = membershipObservers
        self.exportContributors = exportContributors
        self.purgeAdmission = purgeAdmission
        self.settings = settings
        self.metrics = metrics
        self.log = log
    }

    /// Adds all of them to a worker's registry; a second time is a defect and ends the program.
    public func register(on registry: inout JobRegistry) {
        registry.register(
            retrying(
                PurgeOrgHandler(
                    store: store, observers: lifecycleObservers, membershipObservers: membershipObservers, admission: purgeAdmission)))
        registry.register(SweepPurgesHandler(store: store))
        registry.register(retrying(WarnOfPurgeHandler(store: store)))
        registry.register(retrying(EndSupportAccessHandler(store: store)))
        registry.register(WriteExportHandler(store: store, contributors: exportContributors, settings: settings))
        registry.register(ExpireExportsHandler(store: store))
        registry.register(MeasureOrgsHandler(store: store, metrics: metrics))
        registry.register(CloseExpiredOffersHandler(store: store, settings: settings.invitations))
        registry.register(ReconcileSlotsHandler(administration: administration, log: log))
        registry.register(CheckReferencesHandler(client: store.client, metrics: metrics, log: log))
        guard let everyMinute = CronExpression("* * * * *"), let often = CronExpression("*/5 * * * *"),
            let hourly = CronExpression("7 * * * *"), let daily = CronExpression("17 3 * * *"),
            let nightly = CronExpression("47 3 * * *")
        else {
            preconditionFailure("every minute, every five minutes, every hour and every day are times")
        }
        registry.add(Schedule("orgs.sweep_purges", often, missed: .once, job: SweepPurges()))
        registry.add(Schedule("orgs.close_expired_offers", hourly, missed: .once, job: CloseExpiredOffers()))
        registry.add(Schedule("orgs.expire_exports", hourly, missed: .once, job: ExpireExports()))
        registry.add(Schedule("orgs.measure", everyMinute, missed: .skipped, job: MeasureOrgs()))
        registry.add(Schedule("orgs.reconcile_slots", daily, missed: .once, job: ReconcileSlots()))
        registry.add(Schedule("orgs.check_references", nightly, missed: .once, job: CheckReferences()))
    }

    private func retrying<Handler: JobHandler>(_ handler: Handler) -> RetryingHandler<Handler> {
        RetryingHandler(handler, policy: settings.retries, log: log)
    }
}
