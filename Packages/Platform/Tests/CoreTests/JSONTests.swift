import Core
import Testing

@Suite struct JSONTests {
    private struct Order: Decodable {
        struct Line: Decodable {
            let count: Int
            let label: String?
            enum CodingKeys: String, CodingKey { case count, label = "a/b~c" }
        }
        enum Size: String, Decodable { case small, large }
        let lines: [Line]
        let size: Size?
        let at: Instant?
        let extra: [String: JSONValue]?
    }

    @Test(arguments: [
        (#"{"lines": 5}"#, "/lines", JSONDecodingFailure.Kind.wrongType, "must be an array"),
        (#"{}"#, "/lines", .missing, "is required"),
        (#"{"lines": [{"count": 1}, {"count": "x"}]}"#, "/lines/1/count", .wrongType, "must be a whole number"),
        (#"{"lines": [{"count": 1, "a/b~c": 4}]}"#, "/lines/0/a~1b~0c", .wrongType, "must be a string"),
        (#"{"lines": null}"#, "/lines", .missing, "must not be null"),
        (#"{"lines": [], "size": "medium"}"#, "/size", .invalidValue, "has a value that is not allowed"),
        (#"{"lines": [], "extra": []}"#, "/extra", .wrongType, "must be an object"),
        (#"{"lines": [], "at": "yesterday"}"#, "/at", .invalidValue, "must be a date and time such as 2026-01-31T10:00:00Z"),
        (#"{"lines": ["#, "", .malformed, "is not valid JSON"),
        ("", "", .malformed, "is not valid JSON"),
    ])
    func `a failure names the field and what it must be`(
        text: String, pointer: String, kind: JSONDecodingFailure.Kind, reason: String
    ) throws {
        let failure = try #require(throws: JSONDecodingFailure.self) {
            try JSON.decode(Order.self, from: Array(text.utf8))
        }
        #expect(failure.pointer == pointer)
        #expect(failure.kind == kind)
        #expect(failure.reason == reason)
    }

    @Test func `SEC-051 depth is bounded before anything recurses`() throws {
        let deepest = String(repeating: "[", count: 32) + String(repeating: "]", count: 32)
        #expect(throws: Never.self) { try JSON.decode(JSONValue.self, from: Array(deepest.utf8)) }
        let failure = try #require(throws: JSONDecodingFailure.self) {
            try JSON.decode(JSONValue.self, from: Array(repeating: UInt8(ascii: "["), count: 1_000_000))
        }
        #expect(failure.reason == "is nested deeper than 32 levels")
    }

    @Test func `brackets inside of strings are not depth`() throws {
        let text = "\"" + String(repeating: #"[\""#, count: 500) + "\""
        #expect(throws: Never.self) { try JSON.decode(String.self, from: Array(text.utf8)) }
    }

    @Test func `invalid UTF-8 is refused, not repaired`() throws {
        let failure = try #require(throws: JSONDecodingFailure.self) {
            try JSON.decode(String.self, from: [UInt8(ascii: "\""), 0xFF, UInt8(ascii: "\"")])
        }
        #expect(failure.reason == "is not valid UTF-8")
    }

    @Test func `a value of any shape is kept as it is`() throws {
        let text = #"{"a":[1,2.5,"x",true,null,{"b":-9223372036854775808}]}"#
        let value = try JSON.decode(JSONValue.self, from: Array(text.utf8))
        #expect(value["a"]?.arrayValue?.first == 1)
        #expect(String(decoding: try JSON.encode(value), as: UTF8.self) == text)
    }
}
