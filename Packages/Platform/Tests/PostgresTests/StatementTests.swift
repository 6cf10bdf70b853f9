import Core
import Testing

@testable import Postgres

struct StatementTests {
    @Test func `interpolated values become parameters`() {
        let name = "x' OR 1 = 1"
        let statement: Statement = "SELECT * FROM t WHERE name = \(name) AND id = \(7)"
        #expect(statement.sql == "SELECT * FROM t WHERE name = $1 AND id = $2")
        #expect(statement.parameters.count == 2)
        #expect(!statement.sql.contains("OR 1"))
    }

    @Test func `raw strings interpolate as well`() {
        let statement: Statement = #"SELECT '\d' || \#(1)"#
        #expect(statement.sql == #"SELECT '\d' || $1"#)
    }

    @Test func `parameters of fragments are numbered on`() {
        let first: Statement = "a = \(1)"
        let second: Statement = "b = \("two") AND c = \(3.5)"
        let statement: Statement = "SELECT \(true) WHERE \(fragment: first) AND (\(fragment: second)) LIMIT \(10)"
        #expect(statement.sql == "SELECT $1 WHERE a = $2 AND (b = $3 AND c = $4) LIMIT $5")
        #expect(statement.parameters.count == 5)
        #expect(statement.parameters.entries.map(\.type) == [.bool, .int8, .text, .float8, .int8])
    }

    @Test func `a sum of statements keeps its placeholders for further sums`() {
        let sum: Statement = "SELECT \(1)" + ", \(2)" + ", \(3)"
        let outer: Statement = "\(0) \(fragment: sum)"
        #expect(outer.sql == "$1 SELECT $2, $3, $4")
    }

    @Test func `a text with placeholders of its own cannot become a part`() {
        let own = Statement("SELECT $1", [1])
        let statement: Statement = "\(fragment: own)"
        #expect(statement.problem != nil)
        #expect(own.problem == nil)
    }

    @Test(arguments: [
        ("plain", "\"plain\""), ("Two Words", "\"Two Words\""), ("a\"; DROP TABLE b; --", "\"a\"\"; DROP TABLE b; --\""),
    ]) func `names are quoted as one name`(name: String, quoted: String) {
        let statement: Statement = "\(identifier: name)"
        #expect(statement.sql == quoted)
    }

    @Test(arguments: ["", "a\0b"]) func `a name that cannot be quoted makes the statement invalid`(name: String) {
        let statement: Statement = "SELECT * FROM \(identifier: name)"
        #expect(statement.problem != nil)
    }

    @Test func `statements prepared under one name differ in text and types`() {
        var prepared = PreparedStatements()
        let first = prepared.entry(for: "SELECT \(1)")
        #expect(prepared.entry(for: "SELECT \(2)") === first)
        #expect(prepared.entry(for: "SELECT \("text")") !== first)
        #expect(prepared.entry(for: "SELECT \(1) ") !== first)
        prepared.removeAll()
        #expect(prepared.entry(for: "SELECT \(1)").name != first.name)
    }

    @Test func `the error of a refused login has its SQLSTATE`() {
        let error = Connector.error(
            from: "connection to server at \"127.0.0.1\", port 5432 failed: FATAL:  28P01: password authentication failed for user \"x\"")
        #expect(error.sqlState == "28P01")
        #expect(!error.mayPass)
        #expect(Connector.error(from: "connection refused").mayPass)
    }
}
