import Core
import Testing

@testable import StripeSandbox

@Suite struct FormTests {
    private func parameters(_ text: String) throws -> Parameters {
        Parameters(try FormDecoder.decode(Array(text.utf8)))
    }

    @Test func `STR-142 indexed and empty brackets give the same list`() throws {
        #expect(try parameters("a[0]=x&a[1]=y").strings("a") == ["x", "y"])
        #expect(try parameters("a[]=x&a[]=y").strings("a") == ["x", "y"])
        #expect(try parameters("a[1]=y&a[0]=x").strings("a") == ["x", "y"])
        let items = try parameters("items[0][price]=p&items[0][quantity]=2&items[1][price]=q").branches("items")
        #expect(try items.map { try $0.required("price") } == ["p", "q"])
        #expect(try items.first?.integer("quantity") == 2)
    }

    @Test func `STR-142 forms may have hundreds of fields, as those of many phases or lines have, and two thousand at most`() throws {
        let pairs = (0..<500).map { "items[\($0)][price]=p\($0)" }
        let items = try parameters(pairs.joined(separator: "&")).branches("items")
        #expect(try items.map { try $0.required("price") } == (0..<500).map { "p\($0)" })
        let tooMany = (0...2_000).map { "a[]=\($0)" }.joined(separator: "&")
        #expect(throws: StripeError.self) { try parameters(tooMany) }
    }

    @Test func `STR-142 text comes through as it was written`() throws {
        #expect(try parameters("a=%26%3D%5B%5D+%C3%BC%F0%9F%9A%80%0A").string("a") == "&=[] ü🚀\n")
    }

    @Test(arguments: [
        "a[b=1", "a]b[=1", "[a]=1", "a[b]c=1", "a=1&a[b]=2", "a[b]=1&a=2", "a[b][c][d][e][f][g][h][i]=1", "a=%zz", "a=%ff", "a=%00",
    ])
    func `STR-142 broken forms are refused`(_ text: String) {
        #expect(throws: StripeError.self) { try FormDecoder.decode(Array(text.utf8)) }
    }

    @Test(arguments: [
        ("n=x", "parameter_invalid_integer"), ("n=1.5", "parameter_invalid_integer"), ("n=101", "parameter_invalid_integer"),
        ("n=", "parameter_invalid_empty"), ("m=1", "parameter_unknown"), ("n[a]=1", nil),
    ])
    func `STR-142 wrong values are refused with the parameter's name`(_ text: String, _ code: String?) throws {
        let parameters = try parameters(text)
        let error = #expect(throws: StripeError.self) {
            _ = try parameters.integer("n", in: 1...100)
            try parameters.finish()
        }
        #expect(error?.status == 400)
        #expect(error?.code == code)
        #expect(error?.param?.first == text.first)
    }

    @Test func `STR-142 unknown parameters are named where they stand`() throws {
        let parameters = try parameters("a[b]=1&a[c]=2")
        _ = try parameters.branch("a")?.string("b")
        let error = #expect(throws: StripeError.self) { try parameters.finish() }
        #expect(error?.param == "a[c]")
    }

    @Test func `STR-142 metadata has at most 50 names of 40 and values of 500 characters`() throws {
        let long = String(repeating: "k", count: 40)
        #expect(try parameters("metadata[\(long)]=v").metadata() == [long: "v"])
        #expect(throws: StripeError.self) { try parameters("metadata[\(long)k]=v").metadata() }
        #expect(throws: StripeError.self) { try parameters("metadata[a]=\(String(repeating: "v", count: 501))").metadata() }
        let fifty = (0..<50).map { "metadata[k\($0)]=v" }.joined(separator: "&")
        #expect(try parameters(fifty).metadata().count == 50)
        #expect(throws: StripeError.self) { try parameters(fifty + "&metadata[one]=more").metadata() }
        var merged = ["a": "1", "b": "2"]
        try parameters("metadata[a]=&metadata[c]=3").changeMetadata(&merged)
        #expect(merged == ["b": "2", "c": "3"])
        try parameters("metadata=").changeMetadata(&merged)
        #expect(merged.isEmpty)
    }

    @Test(
        arguments: [("created=5", 5...5), ("created[gte]=3&created[lt]=9", 3...8), ("created[gt]=3", 4...Int64.max)]
            as [(String, ClosedRange<Int64>)])
    func `filters of time take operators`(_ text: String, _ range: ClosedRange<Int64>) throws {
        let filter = try #require(try parameters(text).timeFilter("created"))
        #expect(filter.lowest == range.lowerBound)
        #expect(filter.highest == range.upperBound)
    }

    @Test func `what differs is shown as it was before`() {
        let old: JSONValue = ["a": 1, "b": ["c": 1, "d": 2], "list": ["object": "list", "data": [1]], "same": true]
        let new: JSONValue = ["a": 2, "b": ["c": 1, "d": 3], "list": ["object": "list", "data": [2]], "same": true, "e": 1]
        #expect(
            JSONValue.difference(from: old, to: new)
                == ["a": 1, "b": ["d": 2], "list": ["object": "list", "data": [1]], "e": nil])
        #expect(JSONValue.difference(from: old, to: old) == nil)
    }
}
