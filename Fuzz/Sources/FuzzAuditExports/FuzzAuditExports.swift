internal import AuditProof
internal import Core

/// Takes any text as an export of the audit log (AUD-048).
///
/// No input may crash the process, what is canonical stays so, and nothing is called proved that no checkpoint covers.
@c(LLVMFuzzerTestOneInput)
public func fuzzAuditExports(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    if let value = try? JSON.decode(JSONValue.self, from: bytes) {
        let canonical = CanonicalJSON.bytes(of: value)
        guard let again = try? JSON.decode(JSONValue.self, from: canonical) else {
            preconditionFailure("the canonical form cannot be read")
        }
        precondition(CanonicalJSON.bytes(of: again) == canonical, "the canonical form changes when it is read")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else { return 0 }
    var verifier = AuditVerifier()
    for line in text.split(separator: "\n") {
        guard let line = try? AuditExportLine(text: line), (try? verifier.take(line)) != nil else { break }
    }
    let result = verifier.finish()
    precondition(result.proved == 0 || result.checkpoints > 0, "something was proved without a checkpoint")
    return 0
}
