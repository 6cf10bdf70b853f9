internal import Audit
internal import Core

extension IdentityEnvironment {
    /// Refuses what is presented as a bearer and has not the form of an access token, and writes down what is a secret of another kind (ID-067).
    ///
    /// - Throws: ``IdentityError/unauthorized``.
    func refuseForeignBearer(_ token: SecretString, from client: ClientContext, at now: Instant) async throws {
        let (isAccessToken, kind) = token.withValue { (text: String) -> (Bool, IdentityAudit.ForeignBearerPresented.Kind?) in
            if text.utf8.count(where: { $0 == UInt8(ascii: ".") }) == 2 { return (true, nil) }
            if text.hasPrefix("rfs") { return (false, .apiKey) }
            return (false, text.utf8.count == 43 && text.utf8.allSatisfy(Self.isURLSafe) ? .singleUse : nil)
        }
        guard !isAccessToken else { return }
        if let kind {
            try await store.withTransaction(.system) { transaction in
                _ = try await transaction.record(
                    IdentityAudit.ForeignBearerPresented(kind: kind, client: client.network, at: now),
                    by: .anonymous(AuditReference(client.network)))
            }
        }
        throw IdentityError.unauthorized
    }

    private static func isURLSafe(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
