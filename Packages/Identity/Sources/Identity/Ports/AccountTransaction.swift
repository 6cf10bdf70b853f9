public import Core

/// What a transaction can do over the whole life of an account: mailed links, keys at large, the end.
public protocol AccountTransaction {
    /// The times at which links of a kind were made for a person since an instant, newest first.
    func linkTimes(of user: User.ID, kind: LinkToken.Kind, since: Instant) async throws -> [Instant]

    /// Ends the keys of a person that were made since an instant, or all of them; their rows stay as evidence.
    func revokeKeys(of user: User.ID, madeSince: Instant?, because reason: String, at now: Instant) async throws -> [APIKey.ID]

    /// The keys of a person that work at an instant, newest first.
    func liveKeys(of user: User.ID, at now: Instant) async throws -> [APIKey]

    /// Lets a key end at an instant in favour of another.
    func replace(_ key: APIKey.ID, by successor: APIKey.ID, endingAt end: Instant, at now: Instant) async throws

    /// Somebody, or everybody, reaches a graph no longer: keys that reach nothing else end (ID-107).
    /// The package that owns graphs calls this when a grant ends, and with no person when the graph does.
    ///
    /// - Returns: the keys that were ended, with their owners.
    func revokeKeys(ofGraph graph: String, of user: User.ID?, because reason: String, at now: Instant) async throws -> [(
        User.ID, APIKey.ID
    )]

    /// Takes keys whose owners are to be told that they end within a time, each once for each of the two stages; they are locked.
    func takeEndingKeys(_ stage: KeyEndingStage, at now: Instant, limit: Int) async throws -> [KeyNotice]

    /// Takes keys whose time is over and of which no entry tells yet.
    func takeExpiredKeys(at now: Instant, limit: Int) async throws -> [KeyNotice]

    /// Takes uses of keys from networks of which nobody was told yet.
    func takeKeyNetworks(at now: Instant, limit: Int) async throws -> [KeyNetworkNotice]
}

/// How far ahead the owner of a key is told of its end (ID-115).
public enum KeyEndingStage: String, Sendable, Hashable, Codable, CaseIterable {
    /// 14 days.
    case early
    /// One day.
    case late

    /// How far ahead.
    public var lead: Duration { self == .early ? .days(14) : .days(1) }
}

/// A key and whom to tell of it.
public struct KeyNotice: Sendable, Hashable {
    /// The key.
    public let key: APIKey
    /// Its owner's address.
    public let email: EmailAddress
    /// Its owner's name.
    public let name: PersonName

    /// Makes a notice.
    public init(key: APIKey, email: EmailAddress, name: PersonName) {
        self.key = key
        self.email = email
        self.name = name
    }
}

/// A use of a key from a network for the first time.
public struct KeyNetworkNotice: Sendable, Hashable {
    /// The key, and whom to tell.
    public let notice: KeyNotice
    /// The network.
    public let network: String
    /// Whether the key was used for the first time at all.
    public let isFirst: Bool
    /// When.
    public let usedAt: Instant

    /// Makes a notice.
    public init(notice: KeyNotice, network: String, isFirst: Bool, usedAt: Instant) {
        self.notice = notice
        self.network = network
        self.isFirst = isFirst
        self.usedAt = usedAt
    }
}
