import Graphs
import Testing

@Suite struct DatabaseSpaceTests {
    @Test func `OPS-128 space is given back where more than 100 MB and more than a fifth hold nothing`() {
        func isWorth(_ free: Int64, of megabytes: Int64) -> Bool {
            DatabaseSpace(bytes: megabytes << 20, freeBytes: free).isWorthCompacting
        }
        let megabyte: Int64 = 1 << 20
        #expect(!isWorth(100 * megabyte, of: 200) && isWorth(100 * megabyte + 1, of: 200))
        #expect(!isWorth(200 * megabyte, of: 1_000) && isWorth(200 * megabyte + 1, of: 1_000))
        #expect(!isWorth(0, of: 0))
    }

    @Test func `GRA-033 sources that nobody knows are refused`() throws {
        for known in [nil, "staged", "extensions"] { try MaterializeWish(source: known, isRehearsal: false).check() }
        let faults = #expect(throws: GraphDraft.Faults.self) { try MaterializeWish(source: "ledger", isRehearsal: true).check() }
        #expect(faults?.faults.map(\.path) == [["source"]])
    }
}
