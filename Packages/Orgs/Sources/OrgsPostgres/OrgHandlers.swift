internal import Jobs
public import JobsPostgres
public import Orgs

/// Everything this package does in a worker: its jobs, the events it hears and its schedules.
public struct OrgHandlers<Store: OrgStore>: Sendable {
    private let store: Store
    private let settings: OrgsSettings

    /// Makes the handlers.
    public init(store: Store, settings: OrgsSettings) {
        self.store = store
        self.settings = settings
    }

    /// Adds all of them to a worker's registry; a second time is a defect and ends the program.
    public func register(on registry: inout JobRegistry) {
        registry.register(CloseExpiredOffersHandler(store: store, settings: settings.invitations))
        guard let hourly = CronExpression("7 * * * *") else { preconditionFailure("every hour is a time") }
        registry.add(Schedule("orgs.close_expired_offers", hourly, missed: .once, job: CloseExpiredOffers()))
    }
}
