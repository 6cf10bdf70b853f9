internal import Core

@testable internal import BillingStripe

/// Builds the fields of a request from any bytes and writes them as Stripe's form.
///
/// No input may crash the process; what is written is read back as the same names and values in the same order,
/// and no value leaves its place in a form or in a path.
@c(LLVMFuzzerTestOneInput)
public func fuzzFormEncoding(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var source = FieldSource(bytes: Array(UnsafeBufferPointer(start: start, count: count))[...])
    var fields: [(String, FormValue)] = []
    while !source.bytes.isEmpty && fields.count < 64 { fields.append((source.text(), source.value(depth: 0))) }
    let written = StripeForm.encode(fields)
    precondition(written.utf8.allSatisfy { (0x21...0x7E).contains($0) }, "the form has a byte that must be escaped")

    let expected = fields.flatMap { flattened($0.1, name: $0.0) }
    let pairs = written.utf8.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: true).map(Pair.init(reading:))
    precondition(pairs == expected, "what was written reads as something else")

    for (name, _) in fields {
        let part = StripeForm.escapePath(name)
        precondition(!part.utf8.contains { "/?#+ ".utf8.contains($0) }, "a part of a path ends before its end")
        precondition(decoded(part.utf8[...], plusIsSpace: false) == name, "a part of a path reads as something else")
    }
    return 0
}

/// Takes names and values from the bytes of the fuzzer.
private struct FieldSource {
    var bytes: ArraySlice<UInt8>

    mutating func value(depth: Int) -> FormValue {
        switch (bytes.popFirst() ?? 0) % (depth < 4 ? 8 : 6) {
        case 0: .absent
        case 1: .clear
        case 2: .bool(bytes.popFirst() == 1)
        case 3: .integer(number())
        case 4: .instant(Instant(microsecondsSinceEpoch: number()))
        case 5: .string(text())
        case 6: .list((0..<length()).map { _ in value(depth: depth + 1) })
        default: .map((0..<length()).map { _ in (text(), value(depth: depth + 1)) })
        }
    }

    mutating func text() -> String {
        let size = min(Int(bytes.popFirst() ?? 0), bytes.count)
        defer { bytes = bytes.dropFirst(size) }
        return String(decoding: bytes.prefix(size), as: UTF8.self)
    }

    private mutating func length() -> Int { Int((bytes.popFirst() ?? 0) % 4) }

    private mutating func number() -> Int64 {
        (0..<8).reduce(0) { number, _ in number << 8 | Int64(bytes.popFirst() ?? 0) }
    }
}

/// One name and value of a form, as a server reads them.
private struct Pair: Equatable {
    let name: String
    let value: String

    init(name: String, value: String) {
        self.name = name
        self.value = value
    }

    init(reading text: Substring.UTF8View) {
        guard let mark = text.firstIndex(of: UInt8(ascii: "=")) else { preconditionFailure("a pair has no value") }
        name = decoded(text[..<mark], plusIsSpace: true)
        value = decoded(text[text.index(after: mark)...], plusIsSpace: true)
    }
}

private func flattened(_ value: FormValue, name: String) -> [Pair] {
    switch value {
    case .absent: []
    case .clear: [Pair(name: name, value: "")]
    case .bool(let truth): [Pair(name: name, value: truth ? "true" : "false")]
    case .integer(let number): [Pair(name: name, value: "\(number)")]
    case .instant(let instant): [Pair(name: name, value: "\(instant.secondsSinceEpoch)")]
    case .string(let text): [Pair(name: name, value: text)]
    case .list(let values): values.enumerated().flatMap { flattened($0.element, name: "\(name)[\($0.offset)]") }
    case .map(let members): members.flatMap { flattened($0.1, name: "\(name)[\($0.0)]") }
    }
}

private func decoded(_ text: Substring.UTF8View, plusIsSpace: Bool) -> String {
    var bytes: [UInt8] = []
    var rest = text
    while let byte = rest.popFirst() {
        switch byte {
        case UInt8(ascii: "%"):
            guard let digits = String(rest.prefix(2)), digits.utf8.count == 2, let code = UInt8(digits, radix: 16) else {
                preconditionFailure("an escape has no two digits")
            }
            bytes.append(code)
            rest = rest.dropFirst(2)
        case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
        default: bytes.append(byte)
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}
