import Core
import Markup
import Testing

@Suite struct RenderingTests {
    static let everything = """
        <preheader>Your plan ends on <value of="ends_at" as="date"/></preheader>
        <heading>Hello <value of="name"/></heading>
        <p>Your plan <if test="plan"><strong><value of="plan"/></strong></if> costs <value of="amount"/>
           and ends on <value of="ends_at"/>. Have a look at <link to="start">the start page</link> before that day comes.</p>
        <unless test="is_yearly"><p>One<br/>two <em>three</em> <code>SELECT 1</code>.</p></unless>
        <if test="is_yearly"><p>Never shown.</p></if>
        <button to="start">Open the start page</button>
        <note kind="warning"><p>Mind this, for it is said in as many words as it takes to make a line that has to be wrapped.</p></note>
        <facts><fact label="Plan"><if test="plan"><value of="plan"/></if></fact><fact label="Price a month"><value of="amount"/></fact></facts>
        <table each="lines"><column label="Item"><value of="item"/></column>
          <column label="Size"><if test="size"><value of="size"/></if><unless test="size">unknown</unless></column></table>
        <list><item>First</item><each in="lines"><item><value of="item"/></item></each></list>
        <divider/>
        <p>Questions? Write to <value of="support_address"/>.</p>
        """

    @Test func `NOT-001 the text part comes from the same document, wrapped, with links on lines of their own`() throws {
        let mail = try read(Self.everything).render(sampleValues(), brand: sampleBrand())
        #expect(mail.subject == "Hello")
        #expect(
            mail.text == """
                Hello Ada
                =========

                Your plan Pro costs 1,234.50 USD and ends on 31 January 2026, 10:05 UTC.
                Have a look at the start page before that day comes.
                https://app.example.com/start?from=mail%20%26%20more

                One
                two three SELECT 1.

                Open the start page:
                https://app.example.com/start?from=mail%20%26%20more

                Warning: Mind this, for it is said in as many words as it takes to make a
                line that has to be wrapped.

                Plan:          Pro
                Price a month: 1,234.50 USD

                Item: Item 0
                Size: 1.5 MB

                Item: Item 1
                Size: unknown

                - First
                - Item 0
                - Item 1

                --

                Questions? Write to support@example.com.

                """)
    }

    @Test func `NOT-001 the HTML part has the same words in the same order`() throws {
        let mail = try read(Self.everything).render(sampleValues(), brand: sampleBrand())
        var position = mail.html.startIndex
        for part in [
            "<title>Hello</title>", "Your plan ends on 31 January 2026</div>", "Hello Ada</h1>", "<strong>Pro</strong>", "1,234.50 USD",
            ">the start page</a>", "One<br>two <em>three</em>", ">SELECT 1</code>", "Open the start page</a>",
            "https://app.example.com/start?from=mail%20%26%20more</a>", "class=\"m-warning\"", "Mind this", "Price a month</td>",
            "<th scope=\"col\"", "Item 0</td>", "unknown</td>", "First</li>", "Item 1</li>", "m-line", "support@example.com",
        ] {
            let range = try #require(mail.html[position...].firstRange(of: part), "\(part) is missing or out of order")
            position = range.upperBound
        }
        #expect(!mail.html.contains("Never shown"))
    }

    @Test func `NOT-010 the HTML part has only allowed elements and attributes, and nothing from elsewhere`() throws {
        let html = try read(Self.everything).render(sampleValues(), brand: sampleBrand()).html
        let visible = html.replacing(/<!--.*?-->/.dotMatchesNewlines(), with: "")
        let elements = Set(visible.matches(of: /<\/?([a-zA-Z0-9]+)/).map { String($0.1) })
        let allowed: Set = [
            "html", "head", "meta", "title", "style", "body", "div", "table", "tr", "td", "th", "h1", "h2", "p", "strong", "em", "code",
            "br", "a", "ul", "li",
        ]
        #expect(elements.subtracting(allowed).isEmpty)
        let attributes = Set(visible.matches(of: /\ ([a-z-]+)="/).map { String($0.1) })
        #expect(
            attributes.subtracting([
                "lang", "dir", "charset", "name", "content", "class", "style", "role", "width", "cellpadding", "cellspacing", "align",
                "href",
                "scope",
            ]).isEmpty)
        for forbidden in ["<script", "<img", "url(", "@import", "<form", "<iframe", "javascript:"] { #expect(!html.contains(forbidden)) }
        #expect(html.utf8.count < 90 * 1_024)
    }

    @Test func `NOT-011 dark clients get a style block, and text can be read in both schemes`() throws {
        let html = try read("<p>x</p>").render(sampleValues(), brand: sampleBrand()).html
        #expect(html.contains("<meta name=\"color-scheme\" content=\"light dark\">"))
        #expect(html.contains("@media (prefers-color-scheme: dark)"))
        _ = try MarkupPalettes(light: .light, dark: .dark)
        var weak = MarkupPalette.light
        weak.muted = MarkupColor(0xAAAAAA)
        #expect(throws: MarkupError.self) { try MarkupPalettes(light: weak, dark: .dark) }
        #expect(MarkupColor(0).contrast(to: MarkupColor(0xFFFFFF)) == 21)
        #expect(MarkupColor("#1b5fAA")?.description == "#1b5faa")
        for text in ["", "#12345", "#1234567", "123456", "#12345g", "#+12345"] { #expect(MarkupColor(text) == nil) }
    }

    @Test func `NOT-017 values cannot break out of their place`() throws {
        let hostile = "<b>x</b>\r\nBcc: a@b\"'&amp;\u{0}\u{202E}gnp\u{2028}.</td><script>"
        let template = try read(sample("<p><value of=\"name\"/></p>", subject: "<subject>For <value of=\"name\"/></subject>"))
        let mail = try template.render(sampleValues(name: hostile), brand: sampleBrand())
        #expect(mail.subject == "For <b>x</b> Bcc: a@b\"'&amp; gnp .</td><script>")
        #expect(mail.html.contains("&lt;b&gt;x&lt;/b&gt;  Bcc: a@b&quot;&#39;&amp;amp; gnp .&lt;/td&gt;&lt;script&gt;"))
        #expect(!mail.html.contains("<b>") && !mail.html.contains("<script>"))
        for text in [mail.subject, mail.html, mail.text] {
            #expect(!text.unicodeScalars.contains { [0, 0x202E, 0x2028, 0x0D].contains($0.value) })
        }
        #expect(mail.subject.unicodeScalars.allSatisfy { $0.value >= 0x20 })
    }

    @Test func `NOT-005 a list of ten thousand rows is cut at two hundred and says how many more there are`() throws {
        let template = try read(
            "<list><each in=\"lines\"><item><value of=\"item\"/></item></each></list><table each=\"lines\"><column label=\"A\"><value of=\"item\"/></column></table>"
        )
        let mail = try template.render(sampleValues(lines: 10_000), brand: sampleBrand())
        #expect(mail.text.contains("- Item 199\n- and 9,800 more"))
        #expect(!mail.text.contains("Item 200"))
        #expect(mail.html.contains("and 9,800 more</li>"))
        #expect(mail.html.contains("and 9,800 more</p>"))
    }

    @Test func `a missing value and one of another type are refused`() throws {
        let template = try read("<p><value of=\"name\"/></p>")
        var values = try sampleValues()
        values["amount"] = .text("1")
        #expect(throws: MarkupError.self) { try template.render(values, brand: sampleBrand()) }
        values["amount"] = nil
        #expect(throws: MarkupError.self) { try template.render(values, brand: sampleBrand()) }
        values = try sampleValues()
        values["lines"] = .list([["item": .absent]])
        #expect(throws: MarkupError.self) { try template.render(values, brand: sampleBrand()) }
        values["lines"] = .list([])
        values["plan"] = nil
        _ = try template.render(values, brand: sampleBrand())
    }

    @Test func `NOT-008 a fragment is written where it is used`() throws {
        var fragments = MarkupFragments()
        try fragments.read(
            Array("<fragment xmlns=\"urn:trellis:mail:1\" name=\"footer\"><divider/><p>From <value of=\"app\"/></p></fragment>".utf8),
            source: "footer.xml")
        let mail = try read(sample("<p>x</p><fragment use=\"footer\"/>"), fragments: fragments).render(sampleValues(), brand: sampleBrand())
        #expect(mail.text == "x\n\n--\n\nFrom Trellis\n")
    }
}
