internal import Audit
internal import Billing
public import Core
internal import Identity
public import Jobs
internal import Operations
internal import Orgs

/// Compares every seat with its subscription, each night: the net below the hook of each change (GRA-089).
public struct ReconcileSeats: Job {
    /// `graphs.reconcile_seats`
    public static let kind = "graphs.reconcile_seats"
    /// Beside other work that nobody waits for.
    public static let lane = Lane.maintenance

    /// Each night, and once after a pause.
    public static var schedule: Schedule? {
        CronExpression("20 3 * * *").map { Schedule("graphs.reconcile_seats", $0, missed: .once, job: ReconcileSeats()) }
    }

    /// Orders it.
    public init() {}
}

/// Reconciles seats, one small transaction each.
public struct ReconcileSeatsHandler<Store: GraphStore>: JobHandler {
    private let store: Store
    private let seats: RepositorySeats<Store.Transaction>

    /// Makes a handler.
    public init(store: Store, dateSource: any DateSource) {
        self.store = store
        seats = RepositorySeats(dateSource: dateSource)
    }

    /// Goes through all seats in the order of repository and person.
    public func run(_ job: ReconcileSeats, context: JobContext) async throws -> JobOutcome {
        var last: (repository: Repository.ID, user: User.ID)?
        while true {
            let page = try await store.repositorySeats(after: last?.repository, last?.user, limit: 500)
            for seat in page {
                try await store.withSystemTransaction { try await seats.reconcile(seat.repository, seat.user, in: $0) }
            }
            guard page.count == 500, let next = page.last else { return .completed }
            last = next
        }
    }
}
