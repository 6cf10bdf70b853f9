import Core
import Markup
import Testing

/// What the samples of these tests may print.
let sampleFields = MarkupSchema([
    MarkupSchema.Field("name", .text), MarkupSchema.Field("plan", .text, isOptional: true), MarkupSchema.Field("amount", .money),
    MarkupSchema.Field("ends_at", .instant), MarkupSchema.Field("is_yearly", .flag), MarkupSchema.Field("start", .link),
    MarkupSchema.Field(
        "lines", .list(MarkupSchema([MarkupSchema.Field("item", .text), MarkupSchema.Field("size", .bytes, isOptional: true)]))),
])

func sampleBase() throws -> MarkupLink.Base {
    try #require(MarkupLink.Base("https://app.example.com"))
}

func sampleBrand() throws -> MarkupBrand {
    MarkupBrand(
        productName: "Trellis", supportAddress: "support@example.com", legalLine: "Example Ltd, 1 Example Street",
        home: try sampleBase().link([]), palettes: .standard)
}

func sampleValues(name: String = "Ada", lines: Int = 2) throws -> [String: MarkupValue] {
    [
        "name": .text(name), "plan": .text("Pro"), "amount": .money(Money(minorUnits: 123_450, currency: .usd)),
        "ends_at": .instant(Instant(secondsSinceEpoch: 1_769_853_900)), "is_yearly": .flag(false),
        "start": .link(try sampleBase().link(["start"], query: ["from": "mail & more"])),
        "lines": .list((0..<lines).map { ["item": .text("Item \($0)"), "size": $0 == 0 ? .bytes(1_500_000) : .absent] }),
    ]
}

/// A template around a body, or around whole content when `subject` is nil.
func sample(_ body: String, subject: String? = "<subject>Hello</subject>") -> [UInt8] {
    Array(
        """
        <mail xmlns="urn:trellis:mail:1" template="sample" locale="en" class="service">
        \(subject ?? "")
        \(body)
        </mail>
        """.utf8)
}

func read(_ bytes: [UInt8], fragments: MarkupFragments = MarkupFragments()) throws(MarkupError) -> MarkupTemplate {
    try MarkupTemplate(reading: bytes, source: "sample.xml", fields: sampleFields, fragments: fragments)
}

func read(_ body: String) throws(MarkupError) -> MarkupTemplate {
    try read(sample(body))
}
