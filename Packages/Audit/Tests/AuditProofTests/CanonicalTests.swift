import AuditProof
import Core
import Cryptography
import Testing

@Suite struct CanonicalTests {
    private func text(_ value: JSONValue) -> String { String(decoding: CanonicalJSON.bytes(of: value), as: UTF8.self) }

    @Test func `AUD-033 members are in order, nothing is between them, and only what must be escaped is`() {
        #expect(text(["b": 1, "a": [true, .null, -7], "_": "x"]) == #"{"_":"x","a":[true,null,-7],"b":1}"#)
        #expect(text(.string(#"a"b\c/"#)) == #""a\"b\\c/""#)
    }

    @Test func `AUD-033 text is in one form and without control characters, whatever was given`() {
        #expect(text(.string("e\u{301}")) == "\"\u{E9}\"")
        #expect(CanonicalJSON.bytes(of: .string("e\u{301}")) == CanonicalJSON.bytes(of: .string("\u{E9}")))
        #expect(text(.string("a\u{1}\nb\u{7F}\u{85}")) == "\"a  b  \"")
    }

    @Test func `AUD-033 floating point never occurs, nor a number that a reader would round`() {
        #expect(text(.number(0.1)) == "\"0.1\"")
        #expect(text(.number(3)) == "3")
        #expect(text(.integer(9_007_199_254_740_991)) == "9007199254740991")
        #expect(text(.integer(9_007_199_254_740_992)) == "\"9007199254740992\"")
        #expect(text(.integer(.min)) == "\"-9223372036854775808\"")
    }

    @Test func `making a value fit twice changes nothing more`() throws {
        let value: JSONValue = ["a": .number(0.5), "b": .string("e\u{301}\t"), "c": [.integer(.max)]]
        let once = CanonicalJSON.bytes(of: value)
        #expect(CanonicalJSON.bytes(of: try JSON.decode(JSONValue.self, from: once)) == once)
    }
}
