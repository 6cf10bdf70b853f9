internal import Billing
internal import Foundation
internal import Lifecycle
internal import Markup
internal import Notifications
internal import NotificationsMarkup
internal import NotificationsSMTP

/// Whom mails are from, what they look like and where they point to, as the settings say (NOT-024, NOT-025).
struct MailBranding: Sendable {
    /// Whom mails of the deployment's own brand are from.
    let sender: SenderIdentity
    /// Whom those of other brands are from, by name.
    let senders: [String: SenderIdentity]
    /// The other brands.
    let brands: MailBrands
    private let base: MarkupLink.Base
    private let console: MarkupLink.Base?
    private let own: MarkupBrand

    /// Reads the settings and the file of brands.
    ///
    /// - Throws: `SettingsError`; `MarkupError` with line and column of the first fault in the file, too little contrast among them.
    init(_ configuration: TrellisConfiguration, issuer: Catalogue.Issuer) throws {
        guard let base = MarkupLink.Base(configuration.publicURL) else {
            throw SettingsError(problems: ["TRELLIS_PUBLIC_URL must be an https address, or http of this machine"])
        }
        guard let sender = SenderIdentity(configuration.mailFrom) else {
            throw SettingsError(problems: ["TRELLIS_MAIL_FROM must be an address, or a name and an address in angle brackets"])
        }
        self.base = base
        console = MarkupLink.Base(configuration.consoleURL)
        self.sender = sender
        own = MarkupBrand(
            productName: "Trellis", supportAddress: sender.address.description,
            legalLine: ([issuer.name] + issuer.address).joined(separator: ", "), home: base.link([]), palettes: .standard)
        brands =
            try configuration.mailBrandsPath.map { path in
                guard let data = FileManager.default.contents(atPath: path) else {
                    throw SettingsError(problems: ["TRELLIS_MAIL_BRANDS names a file that cannot be read"])
                }
                return try MailBrands(reading: Array(data), source: path, home: base.link([]))
            } ?? .none
        var senders: [String: SenderIdentity] = [:]
        for brand in brands.all {
            guard var identity = SenderIdentity(brand.sender) else {
                throw SettingsError(problems: [
                    "the sender of the brand \(brand.name) must be an address, or a name and one in angle brackets"
                ])
            }
            identity.replyTo = brand.replyTo
            senders[brand.name] = identity
        }
        self.senders = senders
    }

    /// What writes the mails.
    func renderer(secrets: any MailLinkSecrets) throws -> MarkupMailRenderer {
        try MarkupMailRenderer(
            configuration: .init(
                base: base, console: console, providerHosts: ["checkout.stripe.com", "billing.stripe.com", "invoice.stripe.com"],
                brand: own, brands: brands, secrets: secrets))
    }
}
