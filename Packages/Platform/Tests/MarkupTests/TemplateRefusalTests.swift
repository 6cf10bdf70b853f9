import Markup
import Testing

@Suite struct TemplateRefusalTests {
    @Test(arguments: [
        ("<p>x</p><script>x</script>", "<script> is not an element of this vocabulary here"),
        ("<p><b>x</b></p>", "<b> is not an element of this vocabulary here"),
        ("<p style=\"color:red\">x</p>", "<p> has no attribute style"),
        ("<p><value of=\"nme\"/></p>", "there is no field nme"),
        ("<p><value/></p>", "<value> needs the attribute of"),
        ("<p><value of=\"name\" as=\"date\"/></p>", "the field name has no format date"),
        ("<p><value of=\"ends_at\" as=\"week\"/></p>", "the field ends_at has no format week"),
        ("<p><value of=\"start\"/></p>", "the field start cannot be printed as a value"),
        ("<p><value of=\"is_yearly\"/></p>", "the field is_yearly cannot be printed as a value"),
        ("<p><value of=\"name\">x</value></p>", "<value> is empty"),
        ("<p><value of=\"plan\"/></p>", "the field plan may be absent and stands in an <if test=\"plan\">"),
        ("<unless test=\"plan\"><p><value of=\"plan\"/></p></unless>", "the field plan may be absent and stands in an <if test=\"plan\">"),
        ("<if test=\"name\"><p>x</p></if>", "the field name is always there"),
        ("<if test=\"other\"><p>x</p></if>", "there is no field other"),
        ("<p><link to=\"name\">x</link></p>", "the field name is not a link"),
        ("<p><link to=\"https://evil.example\">x</link></p>", "there is no field https://evil.example"),
        ("<p><link href=\"https://evil.example\" to=\"start\">x</link></p>", "<link> has no attribute href"),
        ("<button to=\"start\"><strong>x</strong></button>", "<button> holds text and values only"),
        ("<each in=\"name\"><p>x</p></each>", "the field name is not a list"),
        ("<list><each in=\"lines\"><item><value of=\"amont\"/></item></each></list>", "there is no field amont"),
        ("<p><value of=\"item\"/></p>", "there is no field item"),
        ("<table each=\"lines\"><fact label=\"x\">x</fact></table>", "<table> holds <column>"),
        ("<facts><item>x</item></facts>", "<facts> holds <fact>"),
        ("<list><p>x</p></list>", "<list> holds <item>"),
        ("<note kind=\"loud\"><p>x</p></note>", "the kind of a note is info, warning or danger"),
        ("<fragment use=\"none\"/>", "there is no fragment none"),
        ("<p></p>", "<p> is empty"),
        ("<p> \n </p>", "<p> is empty"),
        ("loose text", "<mail> begins with <subject>"),
        ("<note kind=\"info\">loose</note>", "text in <note> stands in <p> or another element"),
        ("", "<mail> says nothing"),
        ("<mail template=\"x\" locale=\"en\" class=\"x\"><p>x</p></mail>", "<mail> is not an element of this vocabulary here"),
        ("<p xmlns=\"http://www.w3.org/1999/xhtml\">x</p>", "<p> is not in the namespace urn:trellis:mail:1"),
        ("<p xmlns:x=\"urn:x\" x:of=\"y\">x</p>", "the attribute of has a namespace"),
    ])
    func `NOT-002 what is not in the vocabulary is refused with its place`(body: String, reason: String) throws {
        let error = try #require(throws: MarkupError.self) { try read(body) }
        #expect(error.reason == reason)
        #expect(error.source == "sample.xml")
        #expect(error.line > 0 && error.column > 0)
    }

    @Test func `NOT-003 the place is where the tag begins`() throws {
        let error = try #require(throws: MarkupError.self) { try read("<p>ä <value of=\"name\"/>\n   <value\n of=\"nme\"/></p>") }
        #expect(error.description == "sample.xml:4:4: there is no field nme")
        let broken = try #require(throws: MarkupError.self) { try read("<p>x</b></p>") }
        #expect(broken.line == 3)
        #expect(broken.column > 1)
        #expect(broken.reason.contains("Opening and ending tag mismatch"))
    }

    @Test(arguments: [
        ("<subject>x</subject><subject>y</subject>", "<subject> is not an element of this vocabulary here"),
        ("", "<mail> begins with <subject>"),
        ("<subject/>", "<subject> is empty"),
        ("<subject><strong>x</strong></subject>", "<subject> holds text and values only"),
        ("<subject>x</subject><preheader>x</preheader><preheader>y</preheader>", "<preheader> is not an element of this vocabulary here"),
    ])
    func `NOT-002 a mail has one subject of text and values`(head: String, reason: String) throws {
        let error = try #require(throws: MarkupError.self) { try read(sample("<p>x</p>", subject: head)) }
        #expect(error.reason == reason)
    }

    @Test func `NOT-002 a mail names its template, language and class`() throws {
        for attributes in ["template=\"a\" locale=\"en\"", "locale=\"en\" class=\"x\"", "template=\"\" locale=\"en\" class=\"x\""] {
            let text = "<mail xmlns=\"urn:trellis:mail:1\" \(attributes)><subject>x</subject><p>x</p></mail>"
            #expect(throws: MarkupError.self) { try read(Array(text.utf8)) }
        }
    }

    @Test func `NOT-004 a field that must appear and does not is refused`() throws {
        let fields = MarkupSchema([MarkupSchema.Field("until", .instant, mustAppear: true)])
        let error = try #require(throws: MarkupError.self) {
            try MarkupTemplate(reading: sample("<p>x</p>"), source: "a.xml", fields: fields)
        }
        #expect(error.reason == "the field until must appear and does not")
        _ = try MarkupTemplate(reading: sample("<p><value of=\"until\"/></p>"), source: "a.xml", fields: fields)
    }

    @Test func `NOT-008 fragments that use each other are refused, and faults in them name their file`() throws {
        func fragment(_ name: String, _ body: String) -> [UInt8] {
            Array("<fragment xmlns=\"urn:trellis:mail:1\" name=\"\(name)\">\(body)</fragment>".utf8)
        }
        var fragments = MarkupFragments()
        try fragments.read(fragment("a", "<fragment use=\"b\"/>"), source: "a.xml")
        try fragments.read(fragment("b", "<fragment use=\"a\"/>"), source: "b.xml")
        try fragments.read(fragment("c", "<p><value of=\"nothing\"/></p>"), source: "c.xml")
        let cycle = try #require(throws: MarkupError.self) { try read(sample("<fragment use=\"a\"/>"), fragments: fragments) }
        #expect(cycle.reason == "the fragment a uses itself")
        #expect(cycle.source == "b.xml")
        let fault = try #require(throws: MarkupError.self) { try read(sample("<fragment use=\"c\"/>"), fragments: fragments) }
        #expect(fault.source == "c.xml")
        #expect(throws: MarkupError.self) { try fragments.read(fragment("c", ""), source: "d.xml") }
        #expect(throws: MarkupError.self) { try fragments.read(sample("<p>x</p>"), source: "e.xml") }
    }
}
