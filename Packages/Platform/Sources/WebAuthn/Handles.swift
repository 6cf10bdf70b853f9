internal import CFido

/// The library's own set-up, done once; without messages on standard error.
private let isReady: Bool = {
    fido_init(0)
    return true
}()

/// One credential of libfido2.
@safe struct CredentialHandle: ~Copyable {
    private let pointer: OpaquePointer

    init() throws(WebAuthnError) {
        guard isReady, let pointer = unsafe fido_cred_new() else { throw .authenticatorData("cannot be held") }
        unsafe self.pointer = pointer
    }

    deinit {
        var pointer: OpaquePointer? = unsafe pointer
        unsafe fido_cred_free(&pointer)
    }

    /// Reads the authenticator's data; `false` when it is none, or holds a key of another algorithm.
    func read(_ data: [UInt8], as algorithm: SignatureAlgorithm) -> Bool {
        unsafe fido_cred_set_type(pointer, algorithm.rawValue) == FIDO_OK
            && fido_cred_set_authdata_raw(pointer, data, data.count) == FIDO_OK
    }

    var flags: UInt8 { unsafe fido_cred_flags(pointer) }
    var signCount: UInt32 { unsafe fido_cred_sigcount(pointer) }
    var id: [UInt8] { unsafe copy(fido_cred_id_ptr(pointer), fido_cred_id_len(pointer)) }
    var publicKey: [UInt8] { unsafe copy(fido_cred_pubkey_ptr(pointer), fido_cred_pubkey_len(pointer)) }
    var model: [UInt8] { unsafe copy(fido_cred_aaguid_ptr(pointer), fido_cred_aaguid_len(pointer)) }

    private func copy(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> [UInt8] {
        guard let bytes = unsafe bytes else { return [] }
        return unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
    }
}

/// One assertion of libfido2.
@safe struct AssertionHandle: ~Copyable {
    private let pointer: OpaquePointer

    init() throws(WebAuthnError) {
        guard isReady, let pointer = unsafe fido_assert_new() else { throw .authenticatorData("cannot be held") }
        unsafe self.pointer = pointer
    }

    deinit {
        var pointer: OpaquePointer? = unsafe pointer
        unsafe fido_assert_free(&pointer)
    }

    /// Reads what is to be verified; `false` when the authenticator's data is none.
    func read(_ data: [UInt8], signature: [UInt8], clientData: [UInt8], party: String) -> Bool {
        unsafe !signature.isEmpty && fido_assert_set_rp(pointer, party) == FIDO_OK
            && fido_assert_set_clientdata(pointer, clientData, clientData.count) == FIDO_OK
            && fido_assert_set_up(pointer, FIDO_OPT_TRUE) == FIDO_OK && fido_assert_set_uv(pointer, FIDO_OPT_TRUE) == FIDO_OK
            && fido_assert_set_count(pointer, 1) == FIDO_OK
            && fido_assert_set_authdata_raw(pointer, 0, data, data.count) == FIDO_OK
            && fido_assert_set_sig(pointer, 0, signature, signature.count) == FIDO_OK
    }

    /// Whether the key signed it, for this relying party and with a person who was verified.
    func isSigned(by key: [UInt8], _ algorithm: SignatureAlgorithm) -> Bool {
        switch algorithm {
        case .eddsa:
            var held = unsafe eddsa_pk_new()
            defer { unsafe eddsa_pk_free(&held) }
            return unsafe eddsa_pk_from_ptr(held, key, key.count) == FIDO_OK && isSigned(by: UnsafeRawPointer(held), algorithm)
        case .es256:
            var held = unsafe es256_pk_new()
            defer { unsafe es256_pk_free(&held) }
            return unsafe es256_pk_from_ptr(held, key, key.count) == FIDO_OK && isSigned(by: UnsafeRawPointer(held), algorithm)
        case .rs256:
            var held = unsafe rs256_pk_new()
            defer { unsafe rs256_pk_free(&held) }
            return unsafe rs256_pk_from_ptr(held, key, key.count) == FIDO_OK && isSigned(by: UnsafeRawPointer(held), algorithm)
        }
    }

    private func isSigned(by key: UnsafeRawPointer?, _ algorithm: SignatureAlgorithm) -> Bool {
        unsafe fido_assert_verify(pointer, 0, algorithm.rawValue, key) == FIDO_OK
    }

    var flags: UInt8 { unsafe fido_assert_flags(pointer, 0) }
    var signCount: UInt32 { unsafe fido_assert_sigcount(pointer, 0) }
}
