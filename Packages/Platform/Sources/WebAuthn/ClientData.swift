internal import Core

/// What the browser says about a ceremony (WebAuthn level 2, §5.8.1). It comes from outside: nothing in it is true before it was compared.
public struct ClientData: Sendable, Hashable {
    /// Which ceremony it is about.
    public enum Ceremony: String, Sendable, Hashable, CaseIterable {
        /// A new credential.
        case creation = "webauthn.create"
        /// The use of a credential.
        case assertion = "webauthn.get"
    }

    /// The ceremony.
    public let ceremony: Ceremony
    /// The challenge as it was sent to the browser, in the URL-safe alphabet without padding.
    public let challenge: String
    /// The page that asked.
    public let origin: String
    /// The bytes that are signed.
    public let bytes: [UInt8]

    /// Reads client data.
    ///
    /// - Throws: ``WebAuthnError/clientData(_:)``, also for a page inside of another site's page.
    public init(_ bytes: [UInt8]) throws(WebAuthnError) {
        guard bytes.count <= 4_096, let fields = try? JSON.decode(JSONValue.self, from: bytes),
            let type = fields["type"]?.stringValue, let challenge = fields["challenge"]?.stringValue,
            let origin = fields["origin"]?.stringValue
        else { throw .clientData("cannot be read") }
        guard let ceremony = Ceremony(rawValue: type) else { throw .clientData("is of no ceremony") }
        guard fields["crossOrigin"].map({ $0 == false || $0 == .null }) ?? true else { throw .clientData("is of a framed page") }
        self.ceremony = ceremony
        self.challenge = challenge
        self.origin = origin
        self.bytes = bytes
    }

    /// Refuses client data of another ceremony or another page.
    func check(_ ceremony: Ceremony, for party: RelyingParty) throws(WebAuthnError) {
        guard self.ceremony == ceremony else { throw .clientData("is of another ceremony") }
        guard party.origins.contains(origin) else { throw .clientData("is of another origin") }
    }
}
