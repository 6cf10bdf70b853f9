internal import CLibCrypto

/// Message authentication with a shared key: HMAC (RFC 2104) over SHA-256.
public enum HMACSHA256 {
    /// The code of a message under a key.
    public static func code(for message: [UInt8], key: SecretBytes) -> [UInt8] {
        unsafe key.withPointer { unsafe code(for: message, pointer: $0, count: key.count) }
    }

    /// Whether `code` is the code of the message under the key, in constant time.
    public static func isValid(_ code: [UInt8], for message: [UInt8], key: SecretBytes) -> Bool {
        constantTimeEqual(self.code(for: message, key: key), code)
    }

    private static func code(for message: [UInt8], pointer: UnsafePointer<UInt8>, count: Int) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: SHA256.byteCount)
        let result = unsafe HMAC(EVP_sha256(), pointer, Int32(count), message, message.count, &code, nil)
        precondition(unsafe result != nil, "libcrypto without HMAC")
        return code
    }
}
