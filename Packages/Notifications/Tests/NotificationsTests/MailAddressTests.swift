import Notifications
import Testing

@Suite struct MailAddressTests {
    @Test(arguments: ["ada@example.com", "Ada.Lovelace+trellis@mail.example.co.uk", "a@b", "x'y@example.com", "!#$%&@example.com"])
    func `an address is taken as it is given and compared without case`(text: String) throws {
        let address = try #require(MailAddress(text))
        #expect(address.description == text)
        #expect(MailAddress(text.uppercased()) == address)
        #expect(Set([address, try #require(MailAddress(text.uppercased()))]).count == 1)
    }

    @Test(arguments: [
        "", "ada", "@example.com", "ada@", "a@b@c", "a b@c", "a@b\r\nBcc: c@d", "a@b\n", "<a@b>", "\"a\"@b", "a,b@c", "a;b@c", "ä@b",
        "a@b\u{0}",
        "a@b ", String(repeating: "x", count: 65) + "@b", "a@" + String(repeating: "x", count: 260),
    ])
    func `NOT-017 what could be more than an address is none`(text: String) {
        #expect(MailAddress(text) == nil)
    }
}
