public import Core
public import IdleCancellation

/// The secrets of all mailed links: keep links are signed, all others are Identity's. The same claims give the same link whenever a mail leaves (IDL-047).
public struct KeepLinkSecrets: MailLinkSecrets {
    /// What keep links are called in stored mails.
    static let kind = "keep"

    private let tokens: any KeepTokenSigning
    private let others: any MailLinkSecrets

    /// Makes the secrets.
    public init(tokens: any KeepTokenSigning, others: any MailLinkSecrets) {
        self.tokens = tokens
        self.others = others
    }

    /// The secret of a link. A keep link without a key that signs is empty, and an empty one works for nothing.
    public func secret(of link: MailSecretLink) -> SecretString {
        guard link.kind == Self.kind else { return others.secret(of: link) }
        let token = KeepClaims(reference: link.id).flatMap { try? tokens.mint($0) }
        return token?.text ?? SecretString("")
    }
}

extension MailSecretLink {
    /// The keep link of one recipient.
    init(_ claims: KeepClaims) {
        self.init(kind: KeepLinkSecrets.kind, id: claims.reference)
    }
}
