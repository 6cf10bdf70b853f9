internal import Core
public import Markup
public import Notifications

/// What mails of a brand look like, and whom they are from.
public struct MailBrand: Sendable, Hashable {
    /// What orgs select it by.
    public let name: String
    /// Names and colours.
    public let look: MarkupBrand
    /// Whom they are from, as `Name <address>` or an address alone.
    public let sender: String
    /// Where answers go, when that is not the sender.
    public let replyTo: MailAddress?
}

/// The brands of a deployment besides its own (NOT-024), read once at start.
public struct MailBrands: Sendable, Hashable {
    /// The namespace of the file.
    public static let namespace = "urn:trellis:brands:1"
    /// No other than the deployment's own.
    public static let none = MailBrands()
    /// All of them, by name.
    public let all: [MailBrand]
    private let byName: [String: MailBrand]

    private init() {
        (all, byName) = ([], [:])
    }

    /// Reads the file of brands.
    ///
    /// - Parameter home: the start page of the product, to which all mails link.
    /// - Throws: ``Markup/MarkupError`` with line and column of the first fault; colours in which a text cannot be read are one.
    public init(reading bytes: [UInt8], source: String, home: MarkupLink) throws(MarkupError) {
        let root = try MarkupElement(reading: bytes, namespace: Self.namespace, source: source)
        guard root.name == "brands" else { throw BrandReader(root, source).fault("the file must hold the element brands") }
        var all: [MailBrand] = []
        var byName: [String: MailBrand] = [:]
        for element in root.elements {
            let brand = try BrandReader(element, source).brand(home: home)
            guard byName.updateValue(brand, forKey: brand.name) == nil else {
                throw BrandReader(element, source).fault("the brand \(brand.name) is there twice")
            }
            all.append(brand)
        }
        (self.all, self.byName) = (all, byName)
    }

    /// The brand of a name; `nil` for the deployment's own and for one that is not there any more.
    public subscript(name: String?) -> MailBrand? { name.flatMap { byName[$0] } }
}

/// Reads one element of the file.
private struct BrandReader {
    private let element: MarkupElement
    private let source: String

    init(_ element: MarkupElement, _ source: String) {
        self.element = element
        self.source = source
    }

    func fault(_ reason: String) -> MarkupError {
        MarkupError(source: source, line: element.line, column: element.column, reason: reason)
    }

    func brand(home: MarkupLink) throws(MarkupError) -> MailBrand {
        guard element.name == "brand" else { throw fault("the element \(element.name) is no brand") }
        try refuse(besides: ["name", "product", "sender", "reply-to", "support", "legal", "address"])
        let name = try text("name")
        guard (1...40).contains(name.utf8.count),
            name.utf8.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D })
        else { throw fault("a brand's name has 1 to 40 letters from a to z, digits and hyphens") }
        let parts = Dictionary(grouping: element.elements.map { ($0.name, $0) }, by: \.0)
        for (part, all) in parts where !["light", "dark", "logo"].contains(part) || all.count > 1 {
            throw BrandReader(all[all.count - 1].1, source).fault(
                "a brand has one light, one dark and one logo at most, and no \(part) besides")
        }
        func part(_ name: String) -> BrandReader? { parts[name].map { BrandReader($0[0].1, source) } }
        let sender = try text("sender")
        // The address is the last part, alone or in angle brackets.
        let address = sender.hasSuffix(">") ? sender.dropLast().split(separator: "<").last.map(String.init) ?? "" : sender
        guard let from = MailAddress(address), from.normalized.split(separator: "@").last?.contains(".") == true else {
            throw fault("sender must be an address of a domain of yours, or a name and such an address in angle brackets")
        }
        var replyTo: MailAddress?
        if let text = element.attributes["reply-to"] {
            guard let address = MailAddress(text) else { throw fault("reply-to must be an address") }
            replyTo = address
        }
        let look = MarkupBrand(
            productName: try text("product"), supportAddress: try text("support"),
            legalLine: "\(try text("legal")), \(try text("address"))", home: home,
            palettes: try palettes(light: part("light"), dark: part("dark")), logo: try part("logo")?.logo())
        return MailBrand(name: name, look: look, sender: sender, replyTo: replyTo)
    }

    private func palettes(light: BrandReader?, dark: BrandReader?) throws(MarkupError) -> MarkupPalettes {
        let (light, dark) = (try light?.palette(changing: .light) ?? .light, try dark?.palette(changing: .dark) ?? .dark)
        do {
            return try MarkupPalettes(light: light, dark: dark)
        } catch {
            throw fault("\(error.source): \(error.reason)")
        }
    }

    private func palette(changing standard: MarkupPalette) throws(MarkupError) -> MarkupPalette {
        let places: [String: WritableKeyPath<MarkupPalette, MarkupColor>] = [
            "page": \.page, "card": \.card, "text": \.text, "muted": \.muted, "accent": \.accent, "on-accent": \.onAccent,
            "border": \.border,
            "info": \.info, "warning": \.warning, "danger": \.danger,
        ]
        try refuse(besides: Set(places.keys))
        var palette = standard
        for (name, value) in element.attributes {
            guard let place = places[name], let color = MarkupColor(value) else { throw fault("\(name) must be a colour such as #1b5faa") }
            palette[keyPath: place] = color
        }
        return palette
    }

    private func logo() throws(MarkupError) -> MarkupLogo {
        try refuse(besides: ["source", "alternative", "width", "height"])
        guard let width = Int(try text("width")), let height = Int(try text("height")),
            let logo = MarkupLogo(try text("source"), alternative: try text("alternative"), width: width, height: height)
        else { throw fault("a logo is a file at an https address, at most 600 pixels wide and 200 high") }
        return logo
    }

    private func text(_ name: String) throws(MarkupError) -> String {
        guard let text = element.attributes[name], !text.isEmpty, text.count <= 300 else {
            throw fault("\(element.name) needs the attribute \(name), of at most 300 characters")
        }
        return text
    }

    private func refuse(besides known: Set<String>) throws(MarkupError) {
        if let other = element.attributes.keys.sorted().first(where: { !known.contains($0) }) {
            throw fault("\(element.name) has no attribute \(other)")
        }
    }
}
