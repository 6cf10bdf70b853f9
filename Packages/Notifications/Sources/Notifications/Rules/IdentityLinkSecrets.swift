public import Core
public import Identity

/// The secrets of mailed links as Identity derives them from their ids.
public struct IdentityLinkSecrets: MailLinkSecrets {
    private let maker: any SecretMaker

    /// Makes the secrets.
    public init(maker: any SecretMaker) {
        self.maker = maker
    }

    /// The secret of a link.
    public func secret(of link: MailSecretLink) -> SecretString {
        maker.linkSecret(of: link.kind, link.id)
    }
}
