internal import CLibCrypto

/// Signatures with Ed25519 (RFC 8032).
public enum Ed25519 {
    /// A key that signs.
    public struct PrivateKey: Sendable {
        private let key: SigningKeyHandle
        /// The key that verifies what this one signs.
        public let publicKey: PublicKey

        /// Takes a seed of 32 bytes.
        ///
        /// - Throws: ``CryptographyError/invalidKey(_:)`` for another length.
        public init(seed: SecretBytes) throws(CryptographyError) {
            guard seed.count == 32 else { throw .invalidKey("must have 32 bytes") }
            key = try SigningKeyHandle(seed: seed)
            publicKey = try PublicKey(rawRepresentation: key.rawPublicKey())
        }

        /// Signs a message; the same message always gives the same 64 bytes.
        public func signature(for message: [UInt8]) throws(CryptographyError) -> [UInt8] {
            try key.sign(message)
        }
    }

    /// A key that verifies.
    public struct PublicKey: Sendable, Hashable {
        private let key: SigningKeyHandle
        /// The 32 bytes of the key.
        public let rawRepresentation: [UInt8]

        /// Takes the 32 bytes of a key.
        ///
        /// - Throws: ``CryptographyError/invalidKey(_:)`` for another length.
        public init(rawRepresentation: [UInt8]) throws(CryptographyError) {
            guard rawRepresentation.count == 32 else { throw .invalidKey("must have 32 bytes") }
            key = try SigningKeyHandle(publicKey: rawRepresentation)
            self.rawRepresentation = rawRepresentation
        }

        /// Whether the signature is this key's over the message.
        public func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
            signature.count == 64 && key.verify(signature, for: message)
        }

        /// Two keys are the same when their bytes are.
        public static func == (left: Self, right: Self) -> Bool {
            left.rawRepresentation == right.rawRepresentation
        }

        /// Hashes the bytes.
        public func hash(into hasher: inout Hasher) {
            hasher.combine(rawRepresentation)
        }
    }
}

/// One EVP_PKEY. It is never changed after it is made; libcrypto allows threads to share such a key (crypto(7), "Thread safety").
@safe private final class SigningKeyHandle: @unchecked Sendable {
    private let key: OpaquePointer

    init(seed: SecretBytes) throws(CryptographyError) {
        let made = unsafe seed.withPointer { unsafe EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, $0, 32) }
        guard let key = unsafe made else { throw LibCrypto.failure("reading a private key") }
        unsafe self.key = key
    }

    init(publicKey: [UInt8]) throws(CryptographyError) {
        guard let key = unsafe EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, publicKey, 32) else {
            throw LibCrypto.failure("reading a public key")
        }
        unsafe self.key = key
    }

    deinit {
        unsafe EVP_PKEY_free(key)
    }

    func rawPublicKey() throws(CryptographyError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 32)
        var count = bytes.count
        guard unsafe EVP_PKEY_get_raw_public_key(key, &bytes, &count) == 1, count == 32 else {
            throw LibCrypto.failure("reading a public key")
        }
        return bytes
    }

    func sign(_ message: [UInt8]) throws(CryptographyError) -> [UInt8] {
        let context = try DigestHandle()
        var signature = [UInt8](repeating: 0, count: 64)
        var count = signature.count
        guard unsafe EVP_DigestSignInit(context.pointer, nil, nil, nil, key) == 1,
            unsafe EVP_DigestSign(context.pointer, &signature, &count, message, message.count) == 1, count == 64
        else { throw LibCrypto.failure("signing") }
        return signature
    }

    func verify(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        guard let context = try? DigestHandle(), unsafe EVP_DigestVerifyInit(context.pointer, nil, nil, nil, key) == 1 else {
            ERR_clear_error()
            return false
        }
        let status = unsafe EVP_DigestVerify(context.pointer, signature, signature.count, message, message.count)
        ERR_clear_error()
        return status == 1
    }
}

/// One digest context, made for one call.
@safe private struct DigestHandle: ~Copyable {
    let pointer: OpaquePointer

    init() throws(CryptographyError) {
        guard let pointer = unsafe EVP_MD_CTX_new() else { throw LibCrypto.failure("EVP_MD_CTX_new") }
        unsafe self.pointer = pointer
    }

    deinit {
        unsafe EVP_MD_CTX_free(pointer)
    }
}
