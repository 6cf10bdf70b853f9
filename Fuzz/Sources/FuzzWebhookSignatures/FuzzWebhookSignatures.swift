internal import Billing
internal import BillingStripe
internal import Core
internal import Cryptography

/// Takes the first line of any text as a `Stripe-Signature` header and the rest as the delivery that it signs.
///
/// No input may crash the process. No header without the right signature is accepted, with one it is accepted for one time only,
/// and parts of a header that mean nothing change nothing.
@c(LLVMFuzzerTestOneInput)
public func fuzzWebhookSignatures(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let end = bytes.firstIndex(of: 10) ?? bytes.endIndex
    guard let verifier, let header = String(validating: bytes[..<end], as: UTF8.self) else { return 0 }
    check(header, with: verifier)
    check(body: Array(bytes[end...].dropFirst()), with: verifier)
    return 0
}

private func check(_ header: String, with verifier: StripeWebhookVerifier) {
    precondition(!accepts(header, verifier), "a header without the right signature was accepted")
    let isAccepted = accepts("\(header),t=\(time),v1=\(signature(of: event))", verifier)
    guard header.utf8.allSatisfy({ $0 < 0x80 }) else { return }
    let parts = header.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    let times = parts.filter { $0.starts(with: "t=".utf8) }.map { Int64(String($0.dropFirst(2)) ?? "") }
    if isAccepted { precondition(times.allSatisfy { $0 == time }, "a header of two times was accepted") }
    if times.isEmpty && parts.count <= 14 && header.utf8.count < 8_000 { precondition(isAccepted, "a part that means nothing was heeded") }
}

private func check(body: [UInt8], with verifier: StripeWebhookVerifier) {
    do {
        let event = try verifier.verify(
            signature: "t=\(time),v1=\(signature(of: body))", body: body, now: Instant(secondsSinceEpoch: time))
        precondition((1...255).contains(event.id.rawValue.utf8.count), "an id of no length or of too much was accepted")
        precondition((1...255).contains(event.type.utf8.count), "a type of no length or of too much was accepted")
    } catch {
        precondition(error == .notAnEvent, "a right signature was refused")
    }
}

private func accepts(_ header: String, _ verifier: StripeWebhookVerifier) -> Bool {
    (try? verifier.verify(signature: header, body: event, now: Instant(secondsSinceEpoch: time))) != nil
}

private func signature(of body: [UInt8]) -> String {
    Hex.encode(HMACSHA256.code(for: Array("\(time).".utf8) + body, key: SecretBytes(utf8: secret)))
}

private let time: Int64 = 1_800_000_000
private let secret = SecretString("whsec_fuzz")
private let event = Array(
    #"{"id":"evt_1","object":"event","type":"invoice.paid","created":1800000000,"data":{"object":{"id":"in_1"}}}"#.utf8)
private let verifier = try? StripeWebhookVerifier(secrets: [secret])
