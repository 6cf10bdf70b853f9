import Core
import Markup
import Notifications
import Testing

@testable import NotificationsMarkup

/// Brands besides the deployment's own: read from a file, selected by what stands in the mail's row.
@Suite struct MailBrandTests {
    private static let usual = """
        <brand name="acme" product="Acme Graphs" sender="Acme Graphs &lt;mail@acme.example&gt;" reply-to="desk@acme.example"
               support="help@acme.example" legal="Acme Ltd" address="1 Acme Street, 10000 Acme">
          <light accent="#8a1c4a"/>
          <dark accent="#f2a0c0" on-accent="#20101a"/>
          <logo source="https://acme.example/mail/logo.png" alternative="Acme &amp; friends" width="160" height="40"/>
        </brand>
        """

    private func read(_ brands: String) throws -> MailBrands {
        let home = try #require(MarkupLink.Base("https://app.example.com")).link([])
        let file = "<brands xmlns=\"urn:trellis:brands:1\">\n\(brands)\n</brands>"
        return try MailBrands(reading: Array(file.utf8), source: "brands.xml", home: home)
    }

    @Test func `NOT-024 two brands are rendered from one template, by what the row says`() async throws {
        let second = Self.usual.replacing("name=\"acme\"", with: "name=\"plain\"").replacing("Acme Graphs", with: "Plain Graphs")
            .replacing(/<logo [^>]*>/, with: "")
        let brands = try read(Self.usual + second)
        #expect(brands.all.map(\.name) == ["acme", "plain"])
        let acme = try #require(brands["acme"])
        #expect(acme.sender == "Acme Graphs <mail@acme.example>" && acme.replyTo == MailAddress("desk@acme.example"))
        let own = try rendererConfiguration()
        let renderer = try MarkupMailRenderer(
            configuration: .init(
                base: own.base, providerHosts: own.providerHosts, brand: own.brand, brands: brands, secrets: own.secrets))
        func rendered(_ brand: String?) async throws -> RenderedMail {
            var mail = try mail(fixture(.welcome))
            mail.brand = brand
            return try await renderer.render(mail)
        }
        let (first, other, without) = (try await rendered("acme"), try await rendered("plain"), try await rendered(nil))
        #expect(first.subject.contains("Acme Graphs") && other.subject.contains("Plain Graphs") && without.subject.contains("Trellis"))
        for part in [first.text, first.html] { #expect(part.contains("Acme Ltd, 1 Acme Street, 10000 Acme") && !part.contains("Trellis")) }
        for part in [first.text, first.html] { #expect(part.contains("help@acme.example")) }
        // Its colours for both schemes, and its logo alone with a text for it.
        #expect(first.html.contains("#8a1c4a") && first.html.contains("#f2a0c0") && !without.html.contains("#8a1c4a"))
        #expect(first.html.matches(of: #/<img /#).count == 1 && !other.html.contains("<img"))
        #expect(first.html.contains("src=\"https://acme.example/mail/logo.png\" alt=\"Acme &amp; friends\" width=\"160\" height=\"40\""))
        // The same template gave all three; the hash of the row tells the brands apart (NOT-009).
        #expect(Set([first.templateHash, other.templateHash, without.templateHash]).count == 3)
        // One that is in the file no more is the deployment's own.
        #expect(try await rendered("gone") == without)
    }

    @Test func `NOT-024 a brand whose texts cannot be read, or that is not whole, is refused with its place`() throws {
        func refusal(_ old: String, _ new: String) -> MarkupError? {
            do {
                _ = try read(Self.usual.replacing(old, with: new))
                return nil
            } catch {
                return error as? MarkupError
            }
        }
        #expect(refusal("nothing", "") == nil)
        let weak = refusal("<light accent=\"#8a1c4a\"/>", "<light text=\"#b0b0b0\"/>")
        #expect(weak?.reason == "light colours: the contrast of text on card is below 4.5")
        #expect(weak?.source == "brands.xml" && weak?.line == 2)
        #expect(refusal("accent=\"#f2a0c0\" ", "accent=\"#222222\" ")?.reason.hasPrefix("dark colours: the contrast of") == true)
        for (old, new, reason) in [
            ("#8a1c4a", "red", "accent must be a colour such as #1b5faa"),
            ("accent=\"#8a1c4a\"", "shadow=\"#8a1c4a\"", "light has no attribute shadow"),
            ("mail@acme.example", "mail@localhost", "sender must be an address of a domain of yours"),
            ("desk@acme.example", "desk", "reply-to must be an address"), (" legal=\"Acme Ltd\"", "", "brand needs the attribute legal"),
            ("https://acme.example/mail", "http://acme.example/mail", "a logo is a file at an https address"),
            ("name=\"acme\"", "name=\"Acme!\"", "a brand's name has 1 to 40 letters"),
            ("<light accent", "<lite accent", "a brand has one light"),
        ] { #expect(refusal(old, new)?.reason.hasPrefix(reason) == true, "\(new): \(String(describing: refusal(old, new)))") }
        #expect(throws: MarkupError.self) { try read(Self.usual + Self.usual) }
    }
}
