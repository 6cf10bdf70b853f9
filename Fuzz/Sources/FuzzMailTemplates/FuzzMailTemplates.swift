internal import Core
internal import Markup

/// Reads any bytes as a mail template and, when they are one, writes the mail with hostile values.
///
/// No input may crash the process, and no value may leave its place: the subject stays one line, and a hostile name stays text.
@c(LLVMFuzzerTestOneInput)
public func fuzzMailTemplates(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let template = try? MarkupTemplate(reading: bytes, source: "fuzz.xml", fields: fields, fragments: MarkupFragments()),
        let brand, let rendered = try? template.render(values, brand: brand)
    else { return 0 }
    precondition(rendered.subject.unicodeScalars.allSatisfy { $0.value >= 0x20 }, "the subject has a control character")
    precondition(!rendered.html.contains(name), "a name was written as markup")
    return 0
}

private let name = "<fuzz-value>\r\n\"'&"

private let fields = MarkupSchema([
    MarkupSchema.Field("name", .text), MarkupSchema.Field("org", .text, isOptional: true), MarkupSchema.Field("amount", .money),
    MarkupSchema.Field("ends_at", .instant), MarkupSchema.Field("billing", .link), MarkupSchema.Field("is_refunded", .flag),
    MarkupSchema.Field("reason", .text), MarkupSchema.Field("lines", .list(MarkupSchema([MarkupSchema.Field("item", .text)]))),
])

private let brand: MarkupBrand? = MarkupLink.Base("https://app.example.com").map { base in
    MarkupBrand(
        productName: "Trellis", supportAddress: "support@example.com", legalLine: "Example Ltd", home: base.link([]), palettes: .standard)
}

private let values: [String: MarkupValue] = [
    "name": .text(name), "org": .text(name), "amount": .money(Money(minorUnits: -1, currency: .usd)),
    "ends_at": .instant(Instant(secondsSinceEpoch: -1)),
    "billing": MarkupLink.Base("https://app.example.com").map { .link($0.link(["billing"])) } ?? .absent, "is_refunded": .flag(true),
    "reason": .text(name), "lines": .list([["item": .text(name)]]),
]
