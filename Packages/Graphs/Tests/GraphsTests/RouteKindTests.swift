import Billing
import Core
import Graphs
import Identity
import Operations
import Orgs
import Testing

@Suite struct RouteKindTests {
    @Test func `GRA-090 a seat asks and takes away, and neither runs, changes nor destroys`() {
        let open: Set<RouteKind> = [.query, .mcp, .agent, .search, .schema, .status, .info, .describe, .download]
        let closed: Set<RouteKind> = [.backup, .restore, .admin, .delete, .import, .write, .update, .create]
        #expect(open.union(closed) == Set(RouteKind.allCases))
        for kind in RouteKind.allCases { #expect(kind.isOpenToSeats == open.contains(kind), "\(kind)") }
    }

    @Test func `GRA-091 each kind has the plan's figures, what the plan does not name those of queries, and what is refused none`() throws {
        let plans = try BuiltInCatalogue.load().plans
        guard case .repository(let limits)? = plans[.repository("sec", "starter")]?.limits else { return #expect(Bool(false), "no plan") }
        #expect(limits.rate(of: .query)?.perMinute == 10 && limits.rate(of: .query)?.perHour == 200)
        #expect(limits.rate(of: .query)?.perDay == 2_000)
        #expect(limits.rate(of: .mcp)?.perMinute == 5 && limits.rate(of: .mcp)?.perDay == 1_000)
        #expect(limits.rate(of: .search)?.perHour == 50 && limits.rate(of: .agent)?.perMinute == 2)
        for kind in [RouteKind.schema, .status, .info, .describe] { #expect(limits.rate(of: kind) == limits.queries, "\(kind)") }
        for kind in RouteKind.allCases where !kind.isOpenToSeats || kind == .download { #expect(limits.rate(of: kind) == nil, "\(kind)") }
    }
}
