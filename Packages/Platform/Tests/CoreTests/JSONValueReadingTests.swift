import Testing

@testable import Core

@Suite struct JSONValueReadingTests {
    /// What both ways say of a text: the value, or why there is none.
    private func both(_ text: [UInt8]) -> (ours: Result<JSONValue, JSONDecodingFailure>, theirs: Result<JSONValue, JSONDecodingFailure>) {
        func told(_ body: () throws -> JSONValue) -> Result<JSONValue, JSONDecodingFailure> {
            do {
                return .success(try body())
            } catch let failure as JSONDecodingFailure {
                return .failure(failure)
            } catch {
                return .failure(JSONDecodingFailure(path: [], kind: .malformed, reason: "\(error)"))
            }
        }
        return (told { try JSON.decode(JSONValue.self, from: text) }, told { try JSON.decodeByDecoder(JSONValue.self, from: text) })
    }

    private static let texts = [
        "null", "true", "false", "0", "-0", "7", "-12", "999999999999999999", "1000000000000000000", "9223372036854775807",
        "-9223372036854775808", "9223372036854775808", "1.0", "1.5", "1e2", "-1E-2", "1e400", "01", "-", "+1", ".5", "1.", "1e", "tru",
        "truex",
        #""""#, #""a""#, #""a\"b\\c\/d\b\f\n\r\t""#, #""\u0041\u00e9\u20ac""#, #""\ud83d\ude00""#, #""\ud83d""#, #""\ude00""#,
        #""\ud83dx""#,
        #""\ud83d\u0041""#, #""\u12""#, #""\x""#, #""open"#, "\"a\u{1}b\"", "\"a\nb\"", "\"é€😀\"", "\"e\u{301}\"",
        "[]", "[1]", "[1,2,[3,[]]]", "[1,]", "[,1]", "[1 2]", "[", "]", "{}", #"{"a":1}"#, #"{"a":1,"b":{"c":[null]}}"#, #"{"a":1,}"#,
        #"{"a"}"#,
        #"{a:1}"#, #"{"a":1 "b":2}"#, #"{"a":1,"a":2}"#, #"{"\u0061":1,"a":2}"#, #"{"":""}"#, #"{1:2}"#, " \t\r\n{ \"a\" : [ 1 , 2 ] } \n",
        "1 2",
        "", " ", "\u{feff}1", "nul", "NaN", "Infinity", "'a'", "/* */1", "[1]//", "\u{0}1", "[\"\\u0000\"]",
        String(repeating: "[", count: 32) + String(repeating: "]", count: 32),
        String(repeating: "[", count: 33) + String(repeating: "]", count: 33),
        String(repeating: #"{"a":"#, count: 33) + "1" + String(repeating: "}", count: 33), #"["[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["]"#,
    ]

    @Test(arguments: texts) func `SEC-051 a text is read, and refused in the same words, as the decoder does it`(_ text: String) {
        let (ours, theirs) = both(Array(text.utf8))
        #expect(ours == theirs)
    }

    @Test func `SEC-051 bytes that are no UTF-8 are refused, in strings and outside of them`() {
        for bytes: [UInt8] in [
            [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0xFF], [0x22, 0x5C, 0x6E, 0xC3, 0x22],
        ] {
            let (ours, theirs) = both(bytes)
            #expect(ours == theirs)
            #expect(throws: JSONDecodingFailure.self) { try JSON.decode(JSONValue.self, from: bytes) }
        }
    }

    @Test func `SEC-051 each text that ends early, or has one byte changed, is read as the decoder does it`() {
        let whole = Array(#"{"id":"sub_1","n":[12,-3,true,null,"é\n\u20ac"],"o":{"a":{},"b":[]}}"#.utf8)
        for count in 0..<whole.count {
            let (ours, theirs) = both(Array(whole[..<count]))
            #expect(ours == theirs)
        }
        for place in whole.indices {
            for byte: UInt8 in [0x00, 0x22, 0x2C, 0x30, 0x5C, 0x7B, 0x7D, 0x80] {
                var changed = whole
                changed[place] = byte
                let (ours, theirs) = both(changed)
                #expect(ours == theirs, "\(String(decoding: changed, as: UTF8.self))")
            }
        }
    }
}
