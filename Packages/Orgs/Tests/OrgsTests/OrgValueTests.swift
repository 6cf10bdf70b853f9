import Core
import Identity
import Orgs
import Testing

/// Names, limits, usage and rights as pure functions.
@Suite struct OrgValueTests {
    @Test(arguments: ["a", " Acme ", "Zürich & Söhne", "Cafe\u{301}", String(repeating: "x", count: 100), "研究"])
    func `ORG-005 a name of one to a hundred characters is taken in its normal form`(text: String) {
        #expect(OrgName(text) != nil)
        #expect(OrgName("Cafe\u{301}")?.description.unicodeScalars.count == 4)
        #expect(OrgName(" Acme ")?.description == "Acme")
    }

    @Test(arguments: [
        "", "   ", "a\nb", "a\r\nb", "a\u{0}b", "a\u{7f}", "a\u{202e}b", "a\u{2066}b", "a\u{200f}b", "see http://example.com", "x://y",
        String(repeating: "x", count: 101),
    ])
    func `ORG-005 a name that could break a line, turn the reading or carry a link is none`(text: String) {
        #expect(OrgName(text) == nil)
    }

    @Test func `ORG-071 ORG-074 unlimited is no number, and what remains is never negative`() {
        #expect(Limit.unlimited.number == nil && Limit.unlimited.remaining(beside: 1_000_000) == nil)
        #expect(Limit.unlimited.allowsOneMore(beside: .max))
        #expect(Limit.limited(3).remaining(beside: 5) == 0 && Limit.limited(3).remaining(beside: 1) == 2)
        #expect(Limit.limited(3).allowsOneMore(beside: 2) && !Limit.limited(3).allowsOneMore(beside: 3))
        #expect(!Limit.limited(0).allowsOneMore(beside: 0))
    }

    @Test(arguments: [(100, 89, false), (100, 90, true), (10, 9, true), (10, 8, false), (1, 1, true), (1, 0, false), (0, 0, false)])
    func `ORG-075 from nine tenths of a limit on a warning names limit and use`(limit: Int, used: Int, warns: Bool) {
        let limits = OrgLimits(
            org: .make(at: Instant(secondsSinceEpoch: 0)), maxGraphs: .limited(limit), maxMembers: .unlimited, graphsHeld: used,
            graphsReserved: 0)
        #expect(limits.warnings.isEmpty == !warns)
        if warns { #expect(limits.warnings[0].contains("\(used) of \(limit)")) }
    }

    @Test func `ORG-079 the sum over days, the sum over graphs and the total are one number, whatever is used`() throws {
        for seed in 1...200 as ClosedRange<UInt64> {
            var random = Numbers(state: seed)
            let first = CalendarDate(daysSinceEpoch: 20_000)
            let days = Int(random.next() % 365) + 1
            let graphs = (0..<Int(random.next() % 8)).map { number in
                OrgUsageRows.Graph(
                    id: "kg\(number)", name: "G", creditsAvailable: nil, creditsAllocated: nil, storageBytes: Int64(random.next() % 9_999),
                    hasEnded: false)
            }
            var rows: [OrgUsageRows.Day] = []
            for graph in graphs {
                for day in 0..<days where random.next() % 3 == 0 {
                    rows.append(
                        .init(
                            graph: graph.id, day: CalendarDate(daysSinceEpoch: first.daysSinceEpoch + day),
                            credits: Int64(random.next() % 100_000), aiOperations: Int64(random.next() % 50)))
                }
            }
            let usage = OrgUsage(summarising: OrgUsageRows(days: rows, graphs: graphs), from: first, days: days)
            let total = rows.reduce(0) { $0 + $1.credits }
            #expect(usage.totalCredits == total && usage.graphs.reduce(0) { $0 + $1.credits } == total, "seed \(seed)")
            #expect(usage.days.count == days && usage.days.map(\.day) == usage.days.map(\.day).sorted(), "seed \(seed)")
            #expect(usage.totalAIOperations == rows.reduce(0) { $0 + $1.aiOperations }, "seed \(seed)")
        }
    }

    @Test func `ORG-016 the table of rights gives each role all that the one below it has`() {
        for action in OrgAction.allCases {
            #expect(OrgRights.allows(action, for: .owner), "\(action)")
            if OrgRights.allows(action, for: .member) { #expect(OrgRights.allows(action, for: .admin), "\(action)") }
        }
        let forMembers = OrgAction.allCases.filter { OrgRights.allows($0, for: .member) }
        #expect(Set(forMembers).isSuperset(of: [.see, .listGraphs, .leave]))
        for action in [OrgAction.rename, .readUsage, .manageInvitations, .changeRole, .removeMember] {
            #expect(OrgRights.lowestRole(for: action) == .admin, "\(action)")
        }
        for action in [OrgAction.changeSecurity, .writeBillingSettings, .removeOwner, .transfer, .end] {
            #expect(OrgRights.lowestRole(for: action) == .owner, "\(action)")
        }
    }
}

private struct Numbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 17
    }
}
