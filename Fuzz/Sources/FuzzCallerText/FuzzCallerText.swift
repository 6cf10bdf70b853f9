internal import Core
internal import Cryptography
internal import HTTPServer
internal import Identity
internal import Observability

@testable internal import IdentityHTTP

/// Takes any text as what callers write into ids, cursors, addresses, networks, lists of proxies, traces, queries and tokens (SEC-101).
///
/// No input may crash the process. What is read is written back as the same value, a list of proxies gives an address or nothing, and no token is
/// accepted that was not signed.
@c(LLVMFuzzerTestOneInput)
public func fuzzCallerText(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    _ = QueryItems(bytes)
    guard let text = String(validating: bytes, as: UTF8.self) else { return 0 }
    if let id = Identifier<Thing>(text) { precondition(id.description == text, "an id has two forms") }
    if let cursor = Cursor(text) { precondition(cursor.description == text, "a cursor has two forms") }
    if let instant = Instant(text) { precondition(Instant(instant.description) == instant, "a time is not read back") }
    if let address = EmailAddress(text) { precondition(EmailAddress(address.description) == address, "an address is not read back") }
    if let trace = TraceContext(text) { precondition(TraceContext(trace.description) == trace, "a trace is not read back") }
    if let range = NetworkRange(text) {
        precondition(NetworkRange(range.description) == range, "a network is not read back")
        precondition(range.contains(range), "a network is not in itself")
    }
    checkForwarded(text)
    checkToken(text)
    return 0
}

private enum Thing: IdentifiedEntity { static let idPrefix = "thing" }
private struct Claims: Codable { let sub: String }

/// The peer is a proxy, so that the list is believed; what comes out is an address.
private func checkForwarded(_ text: String) {
    for (field, name) in [(TrustedProxies.Field.xForwardedFor, "X-Forwarded-For"), (.forwarded, "Forwarded")] {
        guard let proxy = NetworkRange("10.0.0.0/8"),
            let request = Request(
                method: .get, target: "/", headers: Headers(dictionaryLiteral: (name, text)), remoteAddress: "10.0.0.1", id: requestID)
        else { continue }
        let address = TrustedProxies([proxy], hops: 3, field: field).address(of: request)
        precondition(NetworkRange(address) != nil, "a list of proxies gave what is no address")
    }
}

private func checkToken(_ text: String) {
    guard let tokens else { return }
    precondition((try? tokens.verify(text, as: Claims.self, now: now)) == nil, "a token that nobody signed was accepted")
}

private let now = Instant(secondsSinceEpoch: 1_800_000_000)
private let requestID = RequestID.make(at: now)
private let tokens: JSONWebTokens? = {
    guard let key = try? KeyRing.Key(id: "k1", secret: SecretBytes(Array(UInt8(0)..<32))), let ring = try? KeyRing(newest: key) else {
        return nil
    }
    return try? JSONWebTokens(keys: ring, profile: .init(type: "at+jwt", issuer: "fuzz", audience: "fuzz"))
}()
