public import Core

/// A sister app of the platform, to which a sign-in can be carried.
public struct SisterApp: Sendable, Hashable {
    /// What requests call it.
    public var name: String
    /// Where it is: scheme and host, without a slash at the end.
    public var origin: String
    /// The hosts on which a person may land; the origin's own is one of them anyway.
    public var allowedHosts: Set<String>

    /// Names an app.
    public init(name: String, origin: String, allowedHosts: Set<String> = []) {
        self.name = name
        self.origin = origin
        self.allowedHosts = allowedHosts
    }

    /// The apps of the platform.
    public static let standard = ["roboledger", "roboinvestor", "robosystems"].map { SisterApp(name: $0, origin: "https://\($0).ai") }

    /// Whether a person may land there: `https`, a host of the app, no user part, no port, and nothing that a browser reads in another way.
    public func allows(_ url: String) -> Bool {
        guard url.utf8.count <= 2_048, url.hasPrefix("https://"),
            url.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") })
        else { return false }
        let host = url.dropFirst("https://".count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        return !host.isEmpty && (allowedHosts.contains(String(host)) || "https://" + host == origin)
    }
}

/// A sign-in on its way to a sister app: a token, then a ticket, then a session there; each is used once.
public struct Handoff: IdentifiedEntity, Identifiable, Sendable, Hashable {
    /// The id of a handoff.
    public typealias ID = Identifier<Handoff>
    /// `sso`
    public static let idPrefix = "sso"

    /// The id.
    public let id: ID
    /// The session that it comes from.
    public let session: Session.ID
    /// Whose it is.
    public let user: User.ID
    /// The person's session epoch when the token was made.
    public let epoch: Int
    /// When the token ends.
    public let expiresAt: Instant

    /// Makes a handoff value.
    public init(id: ID, session: Session.ID, user: User.ID, epoch: Int, expiresAt: Instant) {
        self.id = id
        self.session = session
        self.user = user
        self.epoch = epoch
        self.expiresAt = expiresAt
    }
}

/// The first step's answer.
public struct HandoffOffer: Sendable {
    /// The token, for one use.
    public let token: SecretString
    /// When it ends.
    public let expiresAt: Instant
    /// Where it can be used.
    public let apps: [String]
}

/// The second step's answer.
public struct HandoffTicket: Sendable {
    /// What the app swaps for a session: a random UUID.
    public let id: SecretString
    /// Where the browser goes, with the ticket.
    public let redirectURL: String
    /// When it ends.
    public let expiresAt: Instant
}

/// What a step of a handoff came to.
public enum HandoffStep: Sendable, Hashable {
    /// The step is taken by this very call.
    case taken(Handoff)
    /// The secret was used before, is over, or its session is; the handoff it belongs to.
    case dead(Handoff)
    /// There is no such secret.
    case unknown
}
