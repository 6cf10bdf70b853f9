internal import CFido

/// How a passkey signs (RFC 9053).
public enum SignatureAlgorithm: Int32, Sendable, Hashable, CaseIterable {
    /// Ed25519.
    case eddsa = -8
    /// ECDSA on P-256 with SHA-256.
    case es256 = -7
    /// RSA with SHA-256, PKCS #1 version 1.5.
    case rs256 = -257
}

/// A credential as the relying party keeps it.
public struct PublicKeyCredential: Sendable, Hashable {
    /// What the authenticator finds it by.
    public let id: [UInt8]
    /// The key that verifies, in the form of libfido2 for its algorithm.
    public let publicKey: [UInt8]
    /// How it signs.
    public let algorithm: SignatureAlgorithm
    /// The model of the authenticator; 16 bytes, zeros when it does not say.
    public let authenticatorModel: [UInt8]
    /// What the authenticator said about the ceremony.
    public let state: AuthenticatorState

    /// Reads a new credential from an attestation object (WebAuthn level 2, §7.1). Whether the challenge is one that was given is for the caller to say.
    ///
    /// - Throws: ``WebAuthnError``: for another ceremony, origin or relying party, for an algorithm that is not listed, and without user verification.
    public init(attestationObject: [UInt8], clientData: ClientData, for party: RelyingParty) throws(WebAuthnError) {
        try clientData.check(.creation, for: party)
        let data = try AttestationObject(attestationObject).authenticatorData
        guard data.prefix(32).elementsEqual(party.idHash) else { throw .authenticatorData("is of another relying party") }
        try AuthenticatorData.check(data, holdsCredential: true)
        for algorithm in SignatureAlgorithm.allCases {
            let handle = try CredentialHandle()
            guard handle.read(data, as: algorithm) else { continue }
            state = try AuthenticatorState(flags: handle.flags, signCount: handle.signCount)
            (id, publicKey, authenticatorModel) = (handle.id, handle.publicKey, handle.model)
            self.algorithm = algorithm
            guard (1...1_023).contains(id.count), !publicKey.isEmpty else { throw .authenticatorData("holds no credential") }
            return
        }
        throw .authenticatorData("holds no credential of an algorithm that was asked for")
    }
}

/// What an authenticator says of itself at each ceremony.
public struct AuthenticatorState: Sendable, Hashable {
    /// How often it signed, where it counts.
    public let signCount: UInt32
    /// Whether the credential may be copied to other devices.
    public let isBackupEligible: Bool
    /// Whether it has been.
    public let isBackedUp: Bool

    /// Reads flags (WebAuthn level 3, §6.1).
    ///
    /// - Throws: ``WebAuthnError/authenticatorData(_:)`` unless a person was there and was verified.
    init(flags: UInt8, signCount: UInt32) throws(WebAuthnError) {
        guard flags & 0x01 != 0 else { throw .authenticatorData("says that nobody was there") }
        guard flags & 0x04 != 0 else { throw .authenticatorData("says that nobody was verified") }
        self.signCount = signCount
        isBackupEligible = flags & 0x08 != 0
        isBackedUp = flags & 0x10 != 0
        guard isBackupEligible || !isBackedUp else { throw .authenticatorData("says that it is copied and cannot be") }
    }

    /// Checks the use of a credential (WebAuthn level 2, §7.2). Whether the challenge is one that was given is for the caller to say.
    ///
    /// - Throws: ``WebAuthnError``.
    public init(
        verifying signature: [UInt8], over authenticatorData: [UInt8], and clientData: ClientData, by publicKey: [UInt8],
        _ algorithm: SignatureAlgorithm, for party: RelyingParty
    ) throws(WebAuthnError) {
        try clientData.check(.assertion, for: party)
        try AuthenticatorData.check(authenticatorData, holdsCredential: false)
        let handle = try AssertionHandle()
        guard handle.read(authenticatorData, signature: signature, clientData: clientData.bytes, party: party.id) else {
            throw .authenticatorData("cannot be read")
        }
        guard handle.isSigned(by: publicKey, algorithm) else { throw .signature }
        try self.init(flags: handle.flags, signCount: handle.signCount)
    }
}
