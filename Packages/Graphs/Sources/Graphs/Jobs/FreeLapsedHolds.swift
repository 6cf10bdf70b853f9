internal import Audit
internal import Billing
internal import Core
internal import Identity
public import Jobs
internal import Orgs

/// Gives back what was held for a time that is over: places of sales that came to nothing, and credits that nobody used (OPS-107).
public struct FreeLapsedHolds: Job {
    /// `graphs.free_lapsed_holds`
    public static let kind = "graphs.free_lapsed_holds"
    /// Beside other work that nobody waits for.
    public static let lane = Lane.maintenance
    /// How many of each one transaction gives back.
    static let page = 1_000

    /// Every minute, and once after a pause.
    public static var schedule: Schedule? {
        CronExpression("* * * * *").map { Schedule("graphs.free_lapsed_holds", $0, missed: .once, job: FreeLapsedHolds()) }
    }

    /// Orders it.
    public init() {}
}

/// Does ``FreeLapsedHolds``.
public struct FreeLapsedHoldsHandler<Store: GraphStore>: JobHandler {
    private let store: Store

    init(store: Store) {
        self.store = store
    }

    /// Goes on until nothing is left; whoever takes a place meanwhile has it.
    public func run(_ job: FreeLapsedHolds, context: JobContext) async throws -> JobOutcome {
        var freed: Int
        repeat {
            freed = try await store.withSystemTransaction {
                max(
                    try await $0.freeLapsedPlaces(at: context.now, limit: FreeLapsedHolds.page),
                    try await $0.releaseLapsedHolds(at: context.now, limit: FreeLapsedHolds.page))
            }
        } while freed >= FreeLapsedHolds.page
        return .completed
    }
}
