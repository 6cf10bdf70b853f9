internal import Core
public import HTTPServer
internal import Synchronization

/// Knows by which plan's figures an org is counted (SEC-011).
public protocol PlanStandings: Sendable {
    /// The best plan that is active in an org; ``PlanColumn/base`` when there is none.
    ///
    /// - Throws: what the store throws; then the figures hold that held last.
    func bestPlan(of org: Caller) async throws -> PlanColumn
}

/// What was found out about the plans of orgs, for a while: a plan that was paid for counts after two seconds, one that ended after a minute. At most 20,000 orgs.
final class PlanColumns: Sendable {
    private struct Known {
        let column: PlanColumn
        let until: Instant
    }

    private static let capacity = 20_000
    private let standings: any PlanStandings
    private let dateSource: any DateSource
    private let known = Mutex<[Caller: Known]>([:])

    init(_ standings: any PlanStandings, _ dateSource: any DateSource) {
        self.standings = standings
        self.dateSource = dateSource
    }

    func column(of org: Caller) async -> PlanColumn {
        let now = dateSource.now
        let last = known.withLock { $0[org] }
        if let last, now < last.until { return last.column }
        guard let found = try? await standings.bestPlan(of: org) else { return last?.column ?? .base }
        let until = now + (found == .base ? .seconds(2) : .seconds(60))
        known.withLock { known in
            if known.count >= Self.capacity { known.removeAll(keepingCapacity: true) }
            known[org] = Known(column: found, until: until)
        }
        return found
    }
}
