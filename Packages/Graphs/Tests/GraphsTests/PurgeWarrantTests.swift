import Core
import Testing

@testable import Graphs

@Suite struct PurgeWarrantTests {
    private let due = now + .days(7)

    /// What one owner was told, in a row of the truth table.
    private enum Told: CaseIterable {
        case nothing, suspensionOnly, warningOnly, both, bothJustNow

        func owner(at instant: Instant) -> NoticeProof.Owner {
            switch self {
            case .nothing: .init(suspension: nil, lastWarning: nil)
            case .suspensionOnly: .init(suspension: now, lastWarning: nil)
            case .warningOnly: .init(suspension: nil, lastWarning: instant - .hours(24))
            case .both: .init(suspension: now, lastWarning: instant - .hours(24))
            case .bothJustNow: .init(suspension: now, lastWarning: instant - .hours(24) + .seconds(1))
            }
        }
    }

    @Test func `GRA-057 one owner who had both, the last warning a day old, lets a purge go; whoever else is there, nothing less does`() {
        let instant = due + .hours(1)
        for first in Told.allCases {
            for second in Told.allCases {
                let owners = [first.owner(at: instant), second.owner(at: instant)]
                let warrant = PurgeWarrant(NoticeProof(owners: owners, idleEnd: .none), due: due, at: instant)
                let pair = [first, second]
                let expected: PurgeWarrant =
                    if pair.contains(.both) {
                        .proven
                    } else if pair.contains(.bothJustNow) {
                        .notBefore(instant + .seconds(1))
                    } else if pair.contains(.suspensionOnly) {
                        .putOff([.lastWarning])
                    } else if pair.contains(.warningOnly) {
                        .putOff([.suspension])
                    } else {
                        .putOff([.suspension, .lastWarning])
                    }
                #expect(warrant == expected, "\(first) and \(second)")
            }
        }
        #expect(PurgeWarrant(NoticeProof(owners: [], idleEnd: .none), due: due, at: instant) == .putOff([.suspension, .lastWarning]))
    }

    @Test func `GRA-057 a purge is put off for fourteen days, to the second, and held from then on`() {
        let nothing = NoticeProof(owners: [Told.nothing.owner(at: due)], idleEnd: .none)
        let last = due + .days(14)
        #expect(PurgeWarrant(nothing, due: due, at: last - .seconds(1)) == .putOff([.suspension, .lastWarning]))
        #expect(PurgeWarrant(nothing, due: due, at: last) == .held([.suspension, .lastWarning]))
        #expect(PurgeWarrant(nothing, due: due, at: last + .days(365)) == .held([.suspension, .lastWarning]))
    }

    @Test func `IDL-057 an end by idleness that was never told holds the purge at once, whatever was said later`() {
        for told in Told.allCases {
            let owners = [told.owner(at: due)]
            guard case .held(let missing) = PurgeWarrant(NoticeProof(owners: owners, idleEnd: .untold), due: due, at: due) else {
                Issue.record("\(told) was let through")
                continue
            }
            #expect(missing.contains(.idleDecision))
            let spoken = PurgeWarrant(NoticeProof(owners: owners, idleEnd: .told), due: due, at: due)
            #expect(spoken == PurgeWarrant(NoticeProof(owners: owners, idleEnd: .none), due: due, at: due))
        }
    }
}
