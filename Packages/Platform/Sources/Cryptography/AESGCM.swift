internal import CLibCrypto

/// Authenticated encryption: AES-256 in Galois/Counter Mode (NIST SP 800-38D) with a random nonce of 96 bits.
///
/// A nonce is drawn anew for each value; with random nonces one key is good for 2³² values (SP 800-38D, section 8.3).
public struct AESGCM: Sendable {
    /// How many bytes a key has.
    public static let keyByteCount = 32
    /// How many bytes a nonce has.
    public static let nonceByteCount = 12
    /// How many bytes a tag has.
    public static let tagByteCount = 16

    private let key: SecretBytes

    /// Takes a key of 32 bytes.
    ///
    /// - Throws: ``CryptographyError/invalidKey(_:)`` for another length.
    public init(key: SecretBytes) throws(CryptographyError) {
        guard key.count == Self.keyByteCount else { throw .invalidKey("must have \(Self.keyByteCount) bytes") }
        self.key = key
    }

    /// Encrypts bytes, bound to associated data that is not hidden: nonce, ciphertext and tag, one after the other.
    public func seal(
        _ plaintext: [UInt8], authenticating data: [UInt8], from source: some RandomSource = SystemRandomSource()
    ) throws(CryptographyError) -> [UInt8] {
        let nonce = source.bytes(count: Self.nonceByteCount)
        return try nonce + seal(plaintext, authenticating: data, nonce: nonce)
    }

    /// Decrypts what ``seal(_:authenticating:from:)`` made.
    ///
    /// - Throws: ``CryptographyError/notAuthentic`` when the key, the associated data or any byte is another; nothing of the text is given out.
    public func open(_ sealed: [UInt8], authenticating data: [UInt8]) throws(CryptographyError) -> [UInt8] {
        guard sealed.count >= Self.nonceByteCount + Self.tagByteCount else { throw .notAuthentic }
        let nonce = Array(sealed.prefix(Self.nonceByteCount))
        return try open(Array(sealed.dropFirst(Self.nonceByteCount)), authenticating: data, nonce: nonce)
    }

    /// Encrypts under a nonce that must never have been used with this key: ciphertext and tag.
    func seal(_ plaintext: [UInt8], authenticating data: [UInt8], nonce: [UInt8]) throws(CryptographyError) -> [UInt8] {
        let context = try CipherHandle()
        let (output, tag) = try context.encrypt(plaintext, authenticating: data, key: key, nonce: nonce)
        return output + tag
    }

    /// Decrypts ciphertext and tag.
    func open(_ sealed: [UInt8], authenticating data: [UInt8], nonce: [UInt8]) throws(CryptographyError) -> [UInt8] {
        let context = try CipherHandle()
        let split = sealed.count - Self.tagByteCount
        return try context.decrypt(
            Array(sealed[..<split]), tag: Array(sealed[split...]), authenticating: data, key: key, nonce: nonce)
    }
}

/// One cipher context, made for one call and wiped by the library when it is freed.
@safe private struct CipherHandle: ~Copyable {
    private let context: OpaquePointer

    init() throws(CryptographyError) {
        guard let context = unsafe EVP_CIPHER_CTX_new() else { throw LibCrypto.failure("EVP_CIPHER_CTX_new") }
        unsafe self.context = context
    }

    deinit {
        unsafe EVP_CIPHER_CTX_free(context)
    }

    func encrypt(
        _ input: [UInt8], authenticating data: [UInt8], key: SecretBytes, nonce: [UInt8]
    ) throws(CryptographyError) -> (output: [UInt8], tag: [UInt8]) {
        var output = [UInt8](repeating: 0, count: input.count)
        var tag = [UInt8](repeating: 0, count: AESGCM.tagByteCount)
        var written: Int32 = 0
        var rest: [UInt8] = [0]
        let started = unsafe key.withPointer { unsafe EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), nil, $0, nonce) }
        let done =
            unsafe started == 1
            && (data.isEmpty || EVP_EncryptUpdate(context, nil, &written, data, Int32(data.count)) == 1)
            && (input.isEmpty || EVP_EncryptUpdate(context, &output, &written, input, Int32(input.count)) == 1)
            && EVP_EncryptFinal_ex(context, &rest, &written) == 1
            && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, Int32(AESGCM.tagByteCount), &tag) == 1
        guard done else { throw LibCrypto.failure("AES-GCM encryption") }
        return (output, tag)
    }

    func decrypt(
        _ input: [UInt8], tag: [UInt8], authenticating data: [UInt8], key: SecretBytes, nonce: [UInt8]
    ) throws(CryptographyError) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: input.count)
        var tag = tag
        var written: Int32 = 0
        var rest: [UInt8] = [0]
        let started = unsafe key.withPointer { unsafe EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nil, $0, nonce) }
        let prepared =
            unsafe started == 1
            && (data.isEmpty || EVP_DecryptUpdate(context, nil, &written, data, Int32(data.count)) == 1)
            && (input.isEmpty || EVP_DecryptUpdate(context, &output, &written, input, Int32(input.count)) == 1)
            && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, Int32(AESGCM.tagByteCount), &tag) == 1
        guard prepared else { throw LibCrypto.failure("AES-GCM decryption") }
        guard unsafe EVP_DecryptFinal_ex(context, &rest, &written) == 1 else {
            ERR_clear_error()
            throw .notAuthentic
        }
        return output
    }
}
