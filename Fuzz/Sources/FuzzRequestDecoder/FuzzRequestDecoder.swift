internal import Core
internal import HTTPServer

/// Reads any bytes as JSON, as nothing in particular and as a request with every kind of field.
///
/// No input may crash the process; what a request accepts, the decoder accepts; what was read is written back to something that reads as the same.
@c(LLVMFuzzerTestOneInput)
public func fuzzRequestDecoder(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    if let request = Request(method: .post, target: "/", body: bytes, id: RequestID(high: 0, low: 0)) {
        if (try? request.decode(Order.self)) != nil { precondition((try? JSON.decode(Order.self, from: bytes)) != nil) }
        if let accepted = try? request.decode(JSONValue.self) { precondition(!hasNUL(accepted), "a NUL was accepted") }
    }
    guard let value = try? JSON.decode(JSONValue.self, from: bytes), let written = try? JSON.encode(value) else { return 0 }
    guard let again = try? JSON.decode(JSONValue.self, from: written) else { preconditionFailure("what was written cannot be read") }
    precondition(again == value, "the value changed on its way")
    return 0
}

private func hasNUL(_ value: JSONValue) -> Bool {
    switch value {
    case .string(let text): text.utf8.contains(0)
    case .array(let elements): elements.contains(where: hasNUL)
    case .object(let members): members.contains { $0.key.utf8.contains(0) || hasNUL($0.value) }
    default: false
    }
}

private struct Order: Decodable {
    enum Size: String, Decodable { case small, large }
    struct Line: Decodable { let count: Int32, price: Double?, note: String? }
    let id: Identifier<Thing>?
    let at: Instant?
    let size: Size
    let lines: [Line]
    let extra: [String: JSONValue]?
}

private enum Thing: IdentifiedEntity { static let idPrefix = "thing" }
