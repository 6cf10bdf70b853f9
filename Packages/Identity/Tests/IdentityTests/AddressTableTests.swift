import Identity
import Testing

@Suite struct AddressTableTests {
    /// What somebody wrote, and what it is; `nil` for no address.
    private static let table: [(String, String?)] = [
        ("ada@example.com", "ada@example.com"), ("ADA@EXAMPLE.COM", "ada@example.com"), (" ada@example.com ", "ada@example.com"),
        ("\tada@example.com\r\n", "ada@example.com"), ("a.d.a@example.com", "a.d.a@example.com"),
        ("ada+tag@example.com", "ada+tag@example.com"),
        ("ada_lovelace-1@example.co.uk", "ada_lovelace-1@example.co.uk"), ("o'brien@example.com", "o'brien@example.com"),
        ("!#$%&'*+-/=?^_`{|}~@example.com", "!#$%&'*+-/=?^_`{|}~@example.com"), ("1@2.example", "1@2.example"),
        ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"), ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@bu\u{308}cher.example", "ada@xn--bcher-kva.example"), ("ａｄａ@example.com", "ada@example.com"),
        ("ADA@BÜCHER.example", "ada@xn--bcher-kva.example"), ("ada@a-b.example", "ada@a-b.example"),
        // At-signs and dots that only look like one.
        ("ada＠example.com", nil), ("ada﹫example.com", nil), ("ada@example．com", nil), ("ada@example。com", nil), ("ada@example｡com", nil),
        ("ada@example․com", nil), ("ada@example…com", nil), ("ada@@example.com", nil), ("ada@b@example.com", nil),
        ("ada(at)example.com", nil),
        // Quotes, comments, display names, lists, literals.
        ("\"ada\"@example.com", nil), ("\"a d\"@example.com", nil), ("ada(comment)@example.com", nil), ("ada@example.com(comment)", nil),
        ("Ada <ada@example.com>", nil), ("<ada@example.com>", nil), ("ada@example.com, eve@example.com", nil), ("ada@example.com;", nil),
        ("mailto:ada@example.com", nil), ("ada@[127.0.0.1]", nil), ("ada@[IPv6:::1]", nil), ("ada@127.0.0.1", nil),
        ("ada\\@example.com", nil),
        // Line ends and what is not seen.
        ("ada@example.com\r\nBcc: eve@example.com", nil), ("ada\n@example.com", nil), ("ada@exa\rmple.com", nil),
        ("ada\u{0}@example.com", nil),
        ("ada\u{7F}@example.com", nil), ("ada\u{85}@example.com", nil), ("ada\u{200B}@example.com", nil), ("ada@exam\u{AD}ple.com", nil),
        ("\u{202E}ada@example.com", nil), ("ada\u{2028}@example.com", nil), ("ada@example.com\u{FEFF}x", nil), ("a da@example.com", nil),
        ("ada\u{A0}@example.com", nil), ("ada@exam\u{2060}ple.com", nil),
        // Dots and labels out of place.
        ("", nil), (" ", nil), ("@", nil), ("ada", nil), ("ada@", nil), ("@example.com", nil), (".ada@example.com", nil),
        ("ada.@example.com", nil),
        ("a..da@example.com", nil), ("ada@.example.com", nil), ("ada@example..com", nil), ("ada@example", nil), ("ada@-example.com", nil),
        ("ada@example-.com", nil), ("ada@exa_mple.com", nil), ("ada@exam ple.com", nil), ("ada@exam%70le.com", nil),
        // Letters of another script before the at-sign would be another person's address to the eye.
        ("аda@example.com", nil), ("adа@example.com", nil), ("äda@example.com", nil),
    ]

    @Test func `SEC-053 the table of addresses: normal first, then valid, and nothing that is read another way elsewhere`() {
        #expect(Self.table.count >= 60)
        for (written, normal) in Self.table {
            let address = EmailAddress(written)
            #expect(address?.description == normal, "\(written.debugDescription)")
            // What was normal once stays as it is.
            if let address { #expect(EmailAddress(address.description) == address) }
        }
    }

    @Test func `SEC-053 254 octets are an address and 255 are none`() {
        let label = String(repeating: "b", count: 62)
        let domain = "\(label).\(label).\(label).com"
        let room = 254 - domain.utf8.count - 1
        #expect((1..<64).contains(room))
        #expect(EmailAddress("\(String(repeating: "a", count: room))@\(domain)")?.description.utf8.count == 254)
        #expect(EmailAddress("\(String(repeating: "a", count: room + 1))@\(domain)") == nil)
    }
}
