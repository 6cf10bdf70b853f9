internal import Audit
public import Billing
public import Core
public import Identity
public import Jobs
internal import Operations
internal import Orgs

/// Compares every seat with its subscription, each night: the net below the hook of each change (GRA-089).
public struct ReconcileSeats: Job {
    /// `graphs.reconcile_seats`
    public static let kind = "graphs.reconcile_seats"
    /// Beside other work that nobody waits for.
    public static let lane = Lane.maintenance
    /// How many seats one transaction takes up.
    static let page = 500

    /// Each night, and once after a pause.
    public static var schedule: Schedule? {
        CronExpression("30 4 * * *").map { Schedule("graphs.reconcile_seats", $0, missed: .once, job: ReconcileSeats()) }
    }

    /// Orders it.
    public init() {}
}

/// Looks for seats whose end has come and that are still open (OPS-119).
public struct EndRepositoryGrants: Job {
    /// `graphs.end_repository_grants`
    public static let kind = "graphs.end_repository_grants"
    /// Beside other work that nobody waits for.
    public static let lane = Lane.maintenance

    /// Every five minutes, and once after a pause.
    public static var schedule: Schedule? {
        CronExpression("*/5 * * * *").map { Schedule("graphs.end_repository_grants", $0, missed: .once, job: EndRepositoryGrants()) }
    }

    /// Orders it.
    public init() {}
}

/// Brings one person's seat in line with what pays for it.
public struct ReconcileSeat: Job {
    /// `graphs.reconcile_seat`
    public static let kind = "graphs.reconcile_seat"
    /// With the other work on what is paid for.
    public static let lane = Lane.lifecycle

    /// At what.
    public let repository: Repository.ID
    /// Whose.
    public let user: User.ID

    /// Orders it.
    public init(repository: Repository.ID, user: User.ID) {
        self.repository = repository
        self.user = user
    }

    /// One for each seat.
    static func order(of seat: (repository: Repository.ID, user: User.ID)) -> (job: ReconcileSeat, options: JobOptions) {
        (ReconcileSeat(repository: seat.repository, user: seat.user), JobOptions(uniqueKey: "\(seat.repository) \(seat.user)"))
    }
}

/// Has seats reconciled, one job each.
public struct ReconcileSeatsHandler<Store: GraphStore>: JobHandler {
    private let store: Store

    init(store: Store) {
        self.store = store
    }

    /// Goes through all seats in the order of repository and person.
    public func run(_ job: ReconcileSeats, context: JobContext) async throws -> JobOutcome {
        var last: (repository: Repository.ID, user: User.ID)?
        while true {
            let page = try await store.repositorySeats(after: last?.repository, last?.user, limit: ReconcileSeats.page)
            _ = try await store.withSystemTransaction { try await $0.enqueue(page.map { ReconcileSeat.order(of: $0) }) }
            guard page.count == ReconcileSeats.page, let next = page.last else { return .completed }
            last = next
        }
    }
}

/// Has seats reconciled whose end has come.
public struct EndRepositoryGrantsHandler<Store: GraphStore>: JobHandler {
    private let store: Store

    init(store: Store) {
        self.store = store
    }

    /// One job for each seat; nothing else has one for it, since a seat whose end has come opens nothing already.
    public func run(_ job: EndRepositoryGrants, context: JobContext) async throws -> JobOutcome {
        var last: (repository: Repository.ID, user: User.ID)?
        while true {
            let page = try await store.endedRepositorySeats(
                at: context.now, after: last?.repository, last?.user, limit: ReconcileSeats.page)
            _ = try await store.withSystemTransaction { try await $0.enqueue(page.map { ReconcileSeat.order(of: $0) }) }
            guard page.count == ReconcileSeats.page, let next = page.last else { return .completed }
            last = next
        }
    }
}

/// Reconciles one seat.
public struct ReconcileSeatHandler<Store: GraphStore>: JobHandler {
    private let store: Store
    private let seats: RepositorySeats<Store.Transaction>

    init(store: Store, dateSource: any DateSource) {
        self.store = store
        seats = RepositorySeats(dateSource: dateSource)
    }

    /// Reads subscription and grant under lock; done again it changes nothing.
    public func run(_ job: ReconcileSeat, context: JobContext) async throws -> JobOutcome {
        try await store.withSystemTransaction { try await seats.reconcile(job.repository, job.user, in: $0) }
        return .completed
    }
}
