import Core
import Markup
import Notifications
import PlatformTesting
import Testing

@testable import NotificationsMarkup

@Suite struct MailFixtureTests {
    private let renderer: MarkupMailRenderer
    private let recipient: MailAddress

    init() throws {
        renderer = try ShippedMails.renderer
        recipient = try #require(MailAddress("ada@example.com"))
    }

    private func rendered(_ template: MailTemplate, _ fixture: MailFixture) async throws -> RenderedMail {
        try await renderer.render(fixture.mail(template, recipient: recipient))
    }

    @Test(arguments: MailTemplate.allCases)
    func `NOT-054 NOT-015 NOT-013 NOT-014 NOT-022 every mail is as a person has read it with each of five fixtures, small, and open to all`(
        template: MailTemplate
    ) async throws {
        #expect(MailFixture.allCases.map(\.rawValue) == ["shortest", "usual", "longest", "right-to-left", "hostile"])
        var texts: Set<String> = []
        for fixture in MailFixture.allCases {
            let mail = try await rendered(template, fixture)
            try Snapshot.verify(
                "Subject: \(mail.subject)\n\n\(mail.text)\n\(mail.html)", named: "\(template.rawValue)-\(fixture.rawValue)",
                in: "Snapshots/fixtures")
            // The longest has 10000 rows.
            #expect(mail.html.utf8.count <= 90 * 1_024, "\(fixture.rawValue)")
            let lines = Set(mail.text.split(separator: "\n").map(String.init))
            for line in lines where !line.hasPrefix("https://") {
                #expect(line.count <= 76 || !line.contains(" "), "\(fixture.rawValue): \(line)")
            }
            for match in mail.html.matches(of: /href="([^"]*)"/) {
                let url = String(match.1).replacing("&amp;", with: "&")
                #expect(lines.contains(url), "\(fixture.rawValue): \(url)")
            }
            let reading = MailReading(mail.html)
            #expect(reading.obstacles.isEmpty, "\(fixture.rawValue): \(reading.obstacles)")
            #expect(reading.firstWordOutOfOrder(in: mail.text) == nil, "\(fixture.rawValue)")
            texts.insert(mail.text)
        }
        #expect(texts.count == 5)
    }

    @Test func `NOT-014 NOT-005 a longer list says how many rows are left out`() async throws {
        let mail = try await rendered(.passwordChanged, .longest)
        #expect(mail.text.contains("9,800 more") && mail.html.contains("9,800 more"))
    }

    @Test func `NOT-009 template, fragments, brand and language each change the hash that stands in the row`() async throws {
        let files = try TemplateFiles.shipped()
        func hash(_ files: [TemplateFiles.File], _ configuration: MarkupMailRenderer.Configuration, locale: String = "en") async throws
            -> [UInt8]
        {
            let renderer = try MarkupMailRenderer(configuration: configuration, files: files)
            return try await renderer.render(MailFixture.usual.mail(.welcome, locale: locale, recipient: recipient)).templateHash
        }
        func changed(_ name: String, _ text: String, by other: String) -> [TemplateFiles.File] {
            files.map { file in
                guard file.name == name else { return file }
                let new = String(decoding: file.bytes, as: UTF8.self).replacing(text, with: other)
                return TemplateFiles.File(name: file.name, bytes: Array(new.utf8), isFragment: file.isFragment)
            }
        }
        let configuration = try rendererConfiguration()
        let original = try await hash(files, configuration)
        #expect(try await hash(files, configuration) == original)
        #expect(try await hash(changed("welcome.xml", "</heading>", by: "!</heading>"), configuration) != original)
        #expect(try await hash(changed("footer.xml", "a person will answer", by: "somebody will answer"), configuration) != original)
        // Another template of the same deployment is no part of this one.
        #expect(try await hash(changed("graph_ready.xml", "</heading>", by: "!</heading>"), configuration) == original)
        let brand = MarkupBrand(
            productName: "Other", supportAddress: configuration.brand.supportAddress, legalLine: configuration.brand.legalLine,
            home: configuration.brand.home, palettes: configuration.brand.palettes)
        let branded = MarkupMailRenderer.Configuration(
            base: configuration.base, providerHosts: configuration.providerHosts, brand: brand, secrets: configuration.secrets)
        #expect(try await hash(files, branded) != original)
        let german = changed("welcome.xml", "locale=\"en\"", by: "locale=\"de\"").first { $0.name == "welcome.xml" }
        let both = files + [TemplateFiles.File(name: "welcome.de.xml", bytes: try #require(german).bytes, isFragment: false)]
        #expect(try await hash(both, configuration) == original)
        #expect(try await hash(both, configuration, locale: "de-AT") != original)
    }
}
