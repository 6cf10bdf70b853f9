public import Core
internal import Cryptography
public import Identity
public import WebAuthn

/// Passkeys by WebAuthn.
public struct WebAuthnPasskeys: PasskeyVerifier {
    private static let parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature"]
    private let party: RelyingParty

    /// Makes a verifier for a relying party.
    public init(_ party: RelyingParty) {
        self.party = party
    }

    /// The domain.
    public var relyingPartyID: String { party.id }

    /// Reads the JSON form of a credential (WebAuthn level 3, §5.1.8).
    public func read(_ answer: JSONValue) throws(IdentityError) -> PasskeyAnswer {
        guard answer["type"]?.stringValue == "public-key", let id = Self.bytes(answer["rawId"] ?? answer["id"]), !id.isEmpty,
            id.count <= 1_023, let response = answer["response"], response.objectValue != nil
        else { throw .ceremonyFailed }
        var parts: [String: [UInt8]] = [:]
        for name in Self.parts {
            guard let value = response[name], value != .null else { continue }
            guard let bytes = Self.bytes(value) else { throw .ceremonyFailed }
            parts[name] = bytes
        }
        guard let client = parts["clientDataJSON"], let data = try? ClientData(client) else { throw .ceremonyFailed }
        var handle: [UInt8]?
        if let value = response["userHandle"], value != .null {
            guard let bytes = Self.bytes(value) else { throw .ceremonyFailed }
            handle = bytes
        }
        let transports = response["transports"]?.arrayValue?.compactMap(\.stringValue).filter(Self.isTransport) ?? []
        return PasskeyAnswer(
            credentialID: id, challenge: data.challenge, userHandle: handle, parts: parts, transports: Array(transports.prefix(8)))
    }

    /// The credential of the attestation object is the one that the answer names.
    public func enrol(_ answer: PasskeyAnswer) throws(IdentityError) -> (facts: PasskeyFacts, use: PasskeyUse) {
        guard let client = answer.parts["clientDataJSON"], let object = answer.parts["attestationObject"],
            let credential = try? PublicKeyCredential(attestationObject: object, clientData: ClientData(client), for: party),
            credential.id == answer.credentialID
        else { throw .ceremonyFailed }
        let facts = PasskeyFacts(
            credentialID: credential.id, publicKey: credential.publicKey, algorithm: credential.algorithm.rawValue,
            model: credential.authenticatorModel, transports: answer.transports, isBackupEligible: credential.state.isBackupEligible)
        return (facts, PasskeyUse(credential.state))
    }

    /// The flag that says whether it can be copied must be the one of the enrolment (WebAuthn level 3, §7.2 step 18).
    public func verify(_ answer: PasskeyAnswer, by passkey: Passkey) throws(IdentityError) -> PasskeyUse {
        guard let client = answer.parts["clientDataJSON"], let data = answer.parts["authenticatorData"],
            let signature = answer.parts["signature"], let algorithm = SignatureAlgorithm(rawValue: passkey.facts.algorithm),
            let state = try? AuthenticatorState(
                verifying: signature, over: data, and: ClientData(client), by: passkey.facts.publicKey, algorithm, for: party),
            state.isBackupEligible == passkey.facts.isBackupEligible
        else { throw .ceremonyFailed }
        return PasskeyUse(state)
    }

    /// The URL-safe alphabet without padding.
    public func text(of bytes: [UInt8]) -> String { Base64URL.encode(bytes) }

    private static func bytes(_ value: JSONValue?) -> [UInt8]? {
        value?.stringValue.flatMap { Base64URL.decode($0) }
    }

    private static func isTransport(_ text: String) -> Bool {
        (1...32).contains(text.utf8.count) && text.utf8.allSatisfy { (97...122).contains($0) || $0 == UInt8(ascii: "-") }
    }
}

extension PasskeyUse {
    fileprivate init(_ state: AuthenticatorState) {
        self.init(signCount: Int64(state.signCount), isBackedUp: state.isBackedUp)
    }
}
