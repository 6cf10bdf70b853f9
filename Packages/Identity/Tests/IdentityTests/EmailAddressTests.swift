import Identity
import Testing

@Suite struct EmailAddressTests {
    @Test(arguments: [
        ("A@Example.COM", "a@example.com"), ("  ada.lovelace+graphs@Example.org ", "ada.lovelace+graphs@example.org"),
        ("Ａda@example.com", "ada@example.com"), ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@MÜNCHEN.example", "ada@xn--mnchen-3ya.example"), ("o'brien@example.com", "o'brien@example.com"),
        ("ada@例え.example", "ada@xn--r8jz45g.example"),
    ])
    func `ID-001 an address is kept in its normal form`(_ written: String, _ normal: String) {
        #expect(EmailAddress(written)?.description == normal)
    }

    @Test func `ID-004 six spellings of one address are one address`() {
        let spellings = [
            "ada@example.com", "ADA@EXAMPLE.COM", " Ada@Example.com", "ada@example.com\n", "ａｄａ@example.com", "aDa@eXample.cOm",
        ]
        #expect(Set(spellings.map { EmailAddress($0)?.description }) == ["ada@example.com"])
        #expect(EmailAddress("a.da@example.com") != EmailAddress("ada@example.com"))
        #expect(EmailAddress("ada+x@example.com") != EmailAddress("ada@example.com"))
    }

    @Test(arguments: [
        "", "ada", "@example.com", "ada@", "ada@@example.com", "ada@example", "a b@example.com", ".ada@example.com", "ada.@example.com",
        "a..da@example.com", "ada@-example.com", "ada@exa_mple.com", "ada@example..com", "ada@.com", "ada@127.0.0.1", "äda@example.com",
        "ada@example.com, eve@example.com", "ada\u{0}@example.com", "ada@exam\u{7}ple.com", "\"ada\"@example.com", "ada@[127.0.0.1]",
    ])
    func `ID-002 what is no address is refused`(_ text: String) {
        #expect(EmailAddress(text) == nil)
    }

    @Test func `ID-002 the limits of lengths hold to the octet`() {
        let local = String(repeating: "a", count: 64)
        #expect(EmailAddress("\(local)@example.com") != nil)
        #expect(EmailAddress("a\(local)@example.com") == nil)
        let label = String(repeating: "b", count: 63)
        let domain = "\(label).\(label).\(String(repeating: "c", count: 57)).co"
        #expect(domain.utf8.count == 188)
        #expect(EmailAddress("\(local)@\(domain)")?.description.utf8.count == 253)
        #expect(EmailAddress("\(local)@d\(domain.dropLast(2))com") == nil || "\(local)@d\(domain.dropLast(2))com".utf8.count <= 254)
        #expect(EmailAddress("\(local)@\(label).\(label).\(label).co") == nil)
        #expect(EmailAddress("a@\(String(repeating: "b", count: 64)).com") == nil)
    }

    @Test(arguments: [
        "ada＠example.com", "ada﹫example.com", "ada@example。com", "ada@example．com", "ada@example｡com", "ad\u{200B}a@example.com",
        "ada@exam\u{200D}ple.com", "ada\u{202E}@example.com", "ada@example\u{2024}com", "ad\u{AD}a@example.com", "ada\u{3000}@example.com",
    ])
    func `ID-003 look-alikes of structure are refused, not read`(_ text: String) {
        #expect(EmailAddress(text) == nil)
    }

    @Test func `ID-090 a masked address shows two characters`() {
        #expect(EmailAddress("ada@example.com")?.masked == "ad***@example.com")
        #expect(EmailAddress("ad@example.com")?.masked == "a***@example.com")
    }

    @Test func `ID-005 names keep all scripts and refuse what changes the text around them`() {
        #expect(PersonName("  O'Brien <Ada> 愛  ")?.description == "O'Brien <Ada> 愛")
        #expect(PersonName("e\u{301}")?.description.unicodeScalars.count == 1)
        #expect(PersonName("") == nil)
        #expect(PersonName(String(repeating: "n", count: 100)) != nil)
        #expect(PersonName(String(repeating: "n", count: 101)) == nil)
        for bad in ["a\nb", "a\u{0}b", "a\u{202E}b", "a\u{2066}b", "a\u{2028}b", "a\u{7F}b"] { #expect(PersonName(bad) == nil) }
    }
}
