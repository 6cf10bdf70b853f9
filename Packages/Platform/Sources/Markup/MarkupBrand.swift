/// Who a mail is from, in words and colours (NOT-024).
public struct MarkupBrand: Sendable, Hashable {
    /// The product's name: the field `app` of every template.
    public let productName: String
    /// Where to ask: the field `support_address`.
    public let supportAddress: String
    /// Who sends this, with a postal address: the field `legal_line`.
    public let legalLine: String
    /// The start page: the field `home`.
    public let home: MarkupLink
    /// The colours.
    public let palettes: MarkupPalettes
    /// The picture above every mail.
    public let logo: MarkupLogo?

    /// Makes a brand.
    public init(
        productName: String, supportAddress: String, legalLine: String, home: MarkupLink, palettes: MarkupPalettes, logo: MarkupLogo? = nil
    ) {
        self.productName = productName
        self.supportAddress = supportAddress
        self.legalLine = legalLine
        self.home = home
        self.palettes = palettes
        self.logo = logo
    }

    /// The fields that every template may use besides its own.
    public static let schema = MarkupSchema([
        MarkupSchema.Field("app", .text), MarkupSchema.Field("support_address", .text), MarkupSchema.Field("legal_line", .text),
        MarkupSchema.Field("home", .link),
    ])

    var values: [String: MarkupValue] {
        [
            "app": .text(productName), "support_address": .text(supportAddress), "legal_line": .text(legalLine), "home": .link(home),
        ]
    }
}
