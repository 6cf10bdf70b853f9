import IdleCancellation
import Testing

@Suite struct ReversalOutcomeTests {
    @Test func `IDL-036 a wish that finds nothing has reversed nothing`() {
        #expect(!ReversalOutcome.absent.isReversed)
    }
}
