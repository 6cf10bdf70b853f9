import Testing

@testable import Core

@Suite struct JSONValueWritingTests {
    /// A generator with a seed, so that a failure can be repeated.
    private struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) << 32 | (state >> 32) & 0xFFFF_FFFF
        }
    }

    private static let scalars =
        (0...0x2FF).compactMap(Unicode.Scalar.init) + "\u{2028}\u{2029}\u{FEFF}é漢😀\u{10FFFF}e\u{301}/".unicodeScalars

    private func text(_ generator: inout Seeded) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0...12, using: &generator) {
            text.unicodeScalars.append(Self.scalars.randomElement(using: &generator) ?? "a")
        }
        return text
    }

    private func value(_ depth: Int, _ generator: inout Seeded) -> JSONValue {
        switch Int.random(in: 0...(depth > 0 ? 6 : 4), using: &generator) {
        case 0: .null
        case 1: .bool(.random(using: &generator))
        case 2: .integer([0, -1, .min, .max, Int64.random(in: -9_999...9_999, using: &generator)].randomElement(using: &generator) ?? 0)
        case 3: .number([0, -0.0, 1, 0.1, 1e21, -1.5e-7, 1e300, 123_456.75].randomElement(using: &generator) ?? 0)
        case 4: .string(text(&generator))
        case 5: .array((0..<Int.random(in: 0...4, using: &generator)).map { _ in value(depth - 1, &generator) })
        default:
            .object(
                Dictionary(
                    (0..<Int.random(in: 0...6, using: &generator)).map { _ in (text(&generator), value(depth - 1, &generator)) },
                    uniquingKeysWith: { $1 }))
        }
    }

    @Test func `a JSON value is written as the encoder writes it, byte for byte`() throws {
        var generator = Seeded(state: 20_261_121)
        for _ in 0..<2_000 {
            let value = value(4, &generator)
            let written = try JSON.encode(value)
            #expect(String(decoding: written, as: UTF8.self) == String(decoding: try JSON.encodeByEncoder(value), as: UTF8.self))
        }
        for scalar in Self.scalars {
            let value = JSONValue.object([String(scalar): .string(String(scalar))])
            #expect(try JSON.encode(value) == JSON.encodeByEncoder(value))
        }
    }

    @Test func `a number that JSON has no form for is refused`() {
        #expect(throws: EncodingError.self) { try JSON.encode(["a": .number(.infinity)] as JSONValue) }
    }
}
