import Identity
import Testing

@Suite struct NetworkRangeTests {
    @Test(arguments: [
        ("203.0.113.7", "203.0.113.7/32"), ("203.0.113.7/24", "203.0.113.0/24"), ("0.0.0.0/0", "0.0.0.0/0"),
        ("2001:db8::/32", "2001:db8:0:0:0:0:0:0/32"), ("2001:DB8:1:2:3:4:5:6", "2001:db8:1:2:0:0:0:0/64"), ("::/0", "0:0:0:0:0:0:0:0/0"),
        ("::1", "0:0:0:0:0:0:0:0/64"),
    ])
    func `ID-104 a range is kept in one form`(_ text: String, _ form: String) throws {
        let range = try #require(NetworkRange(text))
        #expect(range.description == form)
        #expect(NetworkRange(form) == range)
    }

    @Test(arguments: [
        "", "/", "203.0.113", "203.0.113.256", "203.0.113.07", "203.0.113.7/33", "203.0.113.7/-1", "203.0.113.7/", "1.2.3.4/8/8",
        "2001:db8::/65", "2001:db8::1/128", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "g::", "::12345", "+1::", "1.2.3.4 ",
        "١.2.3.4",
    ])
    func `ID-104 what is no range is none`(_ text: String) {
        #expect(NetworkRange(text) == nil)
    }

    @Test func `ID-105 a range contains what is inside of it, of its own family`() throws {
        func range(_ text: String) throws -> NetworkRange { try #require(NetworkRange(text)) }
        #expect(try range("10.0.0.0/8").contains(range("10.9.0.0/16")))
        #expect(try !range("10.9.0.0/16").contains(range("10.0.0.0/8")))
        #expect(try !range("10.0.0.0/9").contains(range("10.128.0.1")))
        #expect(try range("::/0").contains(range("2001:db8::/64")))
        #expect(try !range("0.0.0.0/0").contains(range("::/0")))
    }
}
