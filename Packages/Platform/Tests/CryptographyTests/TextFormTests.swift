import Cryptography
import Testing

@Suite struct TextFormTests {
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ])
    func `Base64 gives the answers of RFC 4648`(plain: String, encoded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(plain.utf8))
        let unpadded = encoded.filter { $0 != "=" }
        #expect(Base64URL.encode(Array(plain.utf8)) == unpadded)
        #expect(Base64URL.decode(unpadded) == Array(plain.utf8))
    }

    @Test func `the URL-safe alphabet has minus and underscore`() {
        #expect(Base64URL.encode([0xFB, 0xEF, 0xFF]) == "--__")
        #expect(Base64.encode([0xFB, 0xEF, 0xFF]) == "++//")
    }

    @Test(arguments: ["Zg==", "Zh", "Z", "Zm9v Yg", "Zm9+", "Zm9v\n", "ä", "Zm9vY=Y"])
    func `one value has one text in the URL-safe form`(text: String) {
        #expect(Base64URL.decode(text) == nil)
    }

    @Test(arguments: ["Zg", "Zg=", "Zg===", "Z===", "====", "=g==", "Zh=="])
    func `padding is neither forgotten nor invented`(text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test func `hexadecimal digits go there and back`() {
        #expect(Hex.encode([0, 1, 0xAB, 0xFF]) == "0001abff")
        #expect(Hex.decode("0001ABff") == [0, 1, 0xAB, 0xFF])
        for text in ["0", "0g", "0x00", " 00", "００"] { #expect(Hex.decode(text) == nil) }
    }

    @Test func `random bytes come in the asked number and do not repeat`() {
        for count in [0, 1, 7, 8, 9, 32, 100] { #expect(RandomBytes.make(count: count).count == count) }
        #expect(Set((0..<1_000).map { _ in RandomBytes.token() }).count == 1_000)
        #expect(RandomBytes.token().count == 43)
        #expect(RandomBytes.token(byteCount: 3, from: FixedRandomSource(byte: 0xFF)) == "____")
    }
}
