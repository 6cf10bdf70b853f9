import Core
import IdleCancellation
import Testing

@Suite struct CaseStateTests {
    /// Section 4 of the requirements, written down once more.
    private static let table: [IdleCaseState: Set<IdleCaseState>] = [
        .held: [.decided, .lapsed],
        .decided: [.confirmed, .superseded, .reversing, .overridden, .missed],
        .confirmed: [.reversing, .overridden, .completed],
        .reversing: [.kept, .driftCorrected, .overridden, .keepFailed],
    ]

    @Test(arguments: IdleCaseState.allCases, IdleCaseState.allCases)
    func `IDL-013 IDL-T06 a case moves only as listed`(from: IdleCaseState, to: IdleCaseState) {
        #expect(from.mayBecome(to) == (Self.table[from] ?? []).contains(to))
    }
}
