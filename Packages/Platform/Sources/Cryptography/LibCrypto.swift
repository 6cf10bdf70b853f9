internal import CLibCrypto

/// What all callers of libcrypto share: the error queue of the calling thread.
enum LibCrypto {
    /// Takes all errors off this thread's queue, so that none is blamed on a later call, and names the first.
    static func failure(_ operation: String) -> CryptographyError {
        let code = ERR_get_error()
        ERR_clear_error()
        guard code != 0 else { return .library("\(operation) failed") }
        var text = [CChar](repeating: 0, count: 256)
        unsafe ERR_error_string_n(code, &text, text.count)
        let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return .library("\(operation) failed: \(String(decoding: bytes, as: UTF8.self))")
    }
}
