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
    case verifyEmail(token: String)
    /// Says that somebody else used the address.
    case disownEmail(token: String)
    /// Accepts an invitation.
    case invitation(token: String)
    /// Keeps a subscription that would end for want of use.
    case keepSubscription(token: String)

    /// The path below the public address.
    public var path: [String] {
        switch self {
        case .org(let org): ["orgs", org]
        case .billing(let org): ["orgs", org, "billing"]
        case .graph(let org, let graph): ["orgs", org, "graphs", graph]
        case .verifyEmail: ["auth", "verify-email"]
        case .disownEmail: ["auth", "disown-email"]
        case .invitation: ["invitations"]
        case .keepSubscription: ["sub", "keep"]
        }
    }

    /// The query.
    public var query: [(name: String, value: String)] {
        switch self {
        case .org, .billing, .graph: []
        case .verifyEmail(let token), .disownEmail(let token), .invitation(let token), .keepSubscription(let token): [("token", token)]
        }
    }
}
