public import Billing
public import Core
public import Identity
public import Operations
public import Orgs

/// One customer database and its record.
public struct Graph: Sendable, Hashable, Identifiable {
    /// Where a graph stands in its life (graphs.md, section 3).
    public enum Status: String, Sendable, Codable, CaseIterable {
        /// Being made.
        case provisioning
        /// In use.
        case active
        /// Closed and kept for a while.
        case suspended
        /// Being destroyed.
        case deprovisioning
        /// Gone.
        case deprovisioned
        /// Never came to be; nothing of it exists on any host.
        case failed

        /// Whether nothing of it exists any more, or ever did.
        public var isTerminal: Bool { self == .deprovisioned || self == .failed }
    }

    /// What a graph is about.
    public enum Kind: String, Sendable, Codable {
        /// One company.
        case entity
        /// Whatever its own schema says.
        case generic
    }

    /// The id.
    public let id: GraphID
    /// The org it belongs to.
    public let org: Org.ID
    /// What it is about.
    public let kind: Kind
    /// Who asked for it.
    public let createdBy: User.ID
    /// When it was asked for.
    public let createdAt: Instant
    /// The operation that makes it.
    public let provisioning: Operation.ID
    /// What it is called.
    public var name: String
    /// What people say about it; empty when nothing.
    public var description: String
    /// Its labels.
    public var tags: [String]
    /// Its schema extensions.
    public let extensions: [String]
    /// Its own schema, as given.
    public let customSchema: JSONValue?
    /// The company it is about, as given.
    public let initialEntity: JSONValue?
    /// The limits its plan buys.
    public internal(set) var tier: TierName
    /// The backup it was made from.
    public let source: GraphBackup.ID?
    /// What pays for it; none while billing is switched off.
    public internal(set) var subscription: Subscription.ID?
    /// Where it lives.
    public var host: GraphHost.ID?
    /// Where it stands.
    public internal(set) var status: Status
    /// Since when.
    public internal(set) var statusSince: Instant
    /// Why it stands there, for people.
    public internal(set) var statusReason: String?
    /// What the engine lets tenant logins do.
    public internal(set) var mode: EngineMode
    /// Orders the changes of the mode.
    public internal(set) var accessEpoch: Int64
    /// When it is destroyed, unless something comes between.
    public internal(set) var purgeAt: Instant?
    /// Why it is not destroyed although its time has come; only of a suspended one.
    public internal(set) var purgeHold: String?
    /// Whether an owner forbade its deletion.
    public var isDeleteProtected: Bool

    /// Whether it holds more than its tier does.
    public var isOverStorageCap = false

    /// Whether it is being copied to another host: until that is over nobody writes (GRA-100).
    public var isBeingMoved = false

    /// What only a subgraph has.
    public var subgraph: Subgraph?

    /// Puts a graph together from what a store kept.
    public init(
        id: GraphID, org: Org.ID, kind: Kind, createdBy: User.ID, createdAt: Instant, provisioning: Operation.ID, name: String,
        description: String, tags: [String], extensions: [String], customSchema: JSONValue?, initialEntity: JSONValue?, tier: TierName,
        subscription: Subscription.ID?, host: GraphHost.ID?, status: Status, statusSince: Instant, statusReason: String?,
        mode: EngineMode, accessEpoch: Int64, purgeAt: Instant?, purgeHold: String? = nil, isDeleteProtected: Bool,
        source: GraphBackup.ID? = nil
    ) {
        self.id = id
        self.org = org
        self.kind = kind
        self.createdBy = createdBy
        self.createdAt = createdAt
        self.provisioning = provisioning
        self.name = name
        self.description = description
        self.tags = tags
        self.extensions = extensions
        self.customSchema = customSchema
        self.initialEntity = initialEntity
        self.tier = tier
        self.subscription = subscription
        self.host = host
        self.status = status
        self.statusSince = statusSince
        self.statusReason = statusReason
        self.mode = mode
        self.accessEpoch = accessEpoch
        self.purgeAt = purgeAt
        self.purgeHold = purgeHold
        self.isDeleteProtected = isDeleteProtected
        self.source = source
    }

    /// The new record of an accepted creation (G1).
    public init(
        creating draft: GraphDraft, id: GraphID, org: Org.ID, by creator: User.ID, subscription: Subscription.ID?,
        provisioning: Operation.ID, at now: Instant
    ) {
        self.init(
            id: id, org: org, kind: draft.kind, createdBy: creator, createdAt: now, provisioning: provisioning, name: draft.name,
            description: draft.description, tags: draft.tags, extensions: draft.extensions, customSchema: draft.customSchema,
            initialEntity: draft.initialEntity, tier: draft.tier, subscription: subscription, host: nil, status: .provisioning,
            statusSince: now, statusReason: nil, mode: .none, accessEpoch: 0, purgeAt: nil, isDeleteProtected: false,
            source: draft.source)
    }
}

/// The name of a tier, which names the limits a plan buys: `ladybug-standard`.
public struct TierName: Hashable, Sendable, Codable, RawRepresentable, CustomStringConvertible {
    /// The name.
    public let rawValue: String

    /// Names a tier; whether there is one is the catalogue's to say.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The name.
    public var description: String { rawValue }

    /// `ladybug-standard`
    public static let standard = TierName(rawValue: "ladybug-standard")
    /// `ladybug-large`
    public static let large = TierName(rawValue: "ladybug-large")
    /// `ladybug-xlarge`
    public static let xlarge = TierName(rawValue: "ladybug-xlarge")
}

/// What the engine lets tenant logins do; the order is that of what they may do (GRA-108).
public enum EngineMode: String, Sendable, Codable, CaseIterable, Comparable {
    /// Nothing: logins are refused and sessions ended.
    case none
    /// Read.
    case read
    /// Read and delete, so that what is too large can be made smaller.
    case shrink
    /// Everything a role allows.
    case full

    private var rank: Int {
        switch self {
        case .none: 0
        case .read: 1
        case .shrink: 2
        case .full: 3
        }
    }

    /// Whether `left` allows less than `right`.
    public static func < (left: EngineMode, right: EngineMode) -> Bool {
        left.rank < right.rank
    }
}
