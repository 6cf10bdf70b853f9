import Core
import Markup
import Notifications
import NotificationsMarkup
import Testing

/// A name that tries to be everything it can do harm as.
let hostileName = MailFixture.hostile.name ?? ""

private let day = Instant(secondsSinceEpoch: 1_769_853_900)

/// A usual context of each mail of the catalogue.
func fixture(_ template: MailTemplate, _ fixture: MailFixture = .usual) -> any MailContext { fixture.context(of: template) }

func mail(_ context: any MailContext, locale: String = "en", reason: String = "you own Acme Ltd") throws -> Mail {
    Mail(
        id: Mail.ID(high: 1, low: 2), decision: "test", template: type(of: context).template,
        recipient: try #require(MailAddress("ada@example.com")), reason: reason, locale: locale,
        context: try JSON.decode(JSONValue.self, from: JSON.encode(context)), status: .queued, attempts: 0, queuedAt: day)
}

func rendererConfiguration() throws -> MarkupMailRenderer.Configuration {
    let base = try #require(MarkupLink.Base("https://app.example.com"))
    return MarkupMailRenderer.Configuration(
        base: base, providerHosts: ["invoice.stripe.com"],
        brand: MarkupBrand(
            productName: "Trellis", supportAddress: "support@example.com", legalLine: "Example Ltd, 1 Example Street, 10000 Example",
            home: base.link([]), palettes: .standard), secrets: FixedSecrets())
}

struct FixedSecrets: MailLinkSecrets {
    func secret(of link: MailSecretLink) -> SecretString { SecretString("s3cret-of-\(link.kind)") }
}

/// All templates as they ship, read once: reading them takes a while, and a renderer never changes (NOT-007).
enum ShippedMails {
    private static let result = Result { try MarkupMailRenderer(configuration: rendererConfiguration()) }

    static var renderer: MarkupMailRenderer { get throws { try result.get() } }
}
