public import Core

/// A value that a mail may print. Its type decides how.
public indirect enum MailValue: Sendable, Hashable {
    /// A text, such as a name; it is escaped wherever it stands.
    case text(String)
    /// A whole number.
    case integer(Int64)
    /// A point in time.
    case instant(Instant)
    /// An amount of money.
    case money(Money)
    /// Yes or no, for conditions.
    case flag(Bool)
    /// A place to go to.
    case link(MailLink)
    /// Rows.
    case list([[String: MailValue]])
    /// Nothing, for an optional field.
    case absent
}

/// A place that a mail may point to: a page of ours by its meaning, or a page that the payment provider hosts. A text is not one (NOT-018).
public enum MailLink: Sendable, Hashable {
    /// A page below the public address.
    case page(MailPage)
    /// A page of the provider; it is left out unless it is https on one of the provider's hosts.
    case providerPage(String)
    /// A page of the console of those who run the product, below its address.
    case consolePage([String])
    /// A page of the console that a secret opens.
    case consoleEntrance([String], MailSecretLink)

    /// The secret that the address ends in, when it has one.
    public var secret: MailSecretLink? {
        switch self {
        case .page(let page): page.secret
        case .consoleEntrance(_, let link): link
        case .providerPage, .consolePage: nil
        }
    }
}

/// A page of ours.
public enum MailPage: Sendable, Hashable {
    /// The start page of an org.
    case org(String)
    /// The billing page of an org.
    case billing(org: String)
    /// A graph's page.
    case graph(org: String, graph: String)
    /// Confirms an address.
    case verifyEmail(MailSecretLink)
    /// Says that somebody else used the address.
    case disownEmail(MailSecretLink)
    /// Takes a change of address back.
    case revertEmail(MailSecretLink)
    /// Where a person sees sessions, keys and password.
    case accountSecurity
    /// Sets a new password.
    case resetPassword(MailSecretLink)
    /// Accepts an invitation.
    case invitation(MailSecretLink)
    /// Keeps a subscription that would end for want of use.
    case keepSubscription(MailSecretLink)
    /// Takes the deletion of an account back.
    case cancelDeletion(MailSecretLink)
    /// Stops the removal of a lost second factor.
    case stopMFAReset(MailSecretLink)
    /// The copy of what is kept about a person, for the person when signed in.
    case accountExport(String)
    /// An export of an org, for its owners when signed in.
    case orgExport(org: String, export: String)
    /// A file with an org's part of the audit log, for those who may read it when signed in.
    case auditExport(org: String, export: String)
    /// Where a transfer of an org is accepted, declined and stopped.
    case ownershipTransfer(org: String, transfer: String)
    /// A page of a program that uses the package alone, by the parts of its path below the public address (NOT-197).
    case own([String])

    /// The path below the public address.
    public var path: [String] {
        switch self {
        case .org(let org): ["orgs", org]
        case .billing(let org): ["orgs", org, "billing"]
        case .graph(let org, let graph): ["orgs", org, "graphs", graph]
        case .verifyEmail: ["auth", "verify-email"]
        case .disownEmail: ["auth", "disown-email"]
        case .revertEmail: ["auth", "revert-email"]
        case .accountSecurity: ["account", "security"]
        case .resetPassword: ["auth", "reset-password"]
        case .invitation: ["invitations"]
        case .keepSubscription: ["sub", "keep"]
        case .cancelDeletion: ["auth", "cancel-deletion"]
        case .stopMFAReset: ["auth", "stop-mfa-reset"]
        case .accountExport(let export): ["account", "exports", export]
        case .orgExport(let org, let export): ["orgs", org, "exports", export]
        case .auditExport(let org, let export): ["orgs", org, "audit", "exports", export]
        case .ownershipTransfer(let org, let transfer): ["orgs", org, "ownership-transfers", transfer]
        case .own(let path): path
        }
    }

    /// What the secret is called in the address.
    public var secretParameter: String {
        if case .keepSubscription = self { "t" } else { "token" }
    }

    /// The secret that the address ends in, when it has one.
    public var secret: MailSecretLink? {
        switch self {
        case .org, .billing, .graph, .accountSecurity, .accountExport, .orgExport, .auditExport, .ownershipTransfer, .own: nil
        case .verifyEmail(let link), .disownEmail(let link), .revertEmail(let link), .resetPassword(let link), .invitation(let link),
            .keepSubscription(let link), .cancelDeletion(let link), .stopMFAReset(let link):
            link
        }
    }
}

/// A link that ends in a secret, named by what it is for and by its id. The secret itself is put in when the mail leaves, so that it is in
/// no row and no event (NOT-035).
public struct MailSecretLink: Sendable, Hashable, Codable {
    /// What the link is for, such as `email_verification`.
    public let kind: String
    /// The id of the link.
    public let id: String

    /// Names a link.
    public init(kind: String, id: String) {
        self.kind = kind
        self.id = id
    }

    /// What stands in the stored copy in place of the secret.
    public var placeholder: String { "secret.\(kind).\(id)" }
}
