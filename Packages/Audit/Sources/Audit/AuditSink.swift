public import Core
public import FoundationEssentials

/// Names the kind of sinks in ids.
public enum AuditSinkEntity: AuditReferable {
    /// `asnk`
    public static let idPrefix = "asnk"
    /// `sink`
    public static let auditKind = AuditReferenceKind.sink
}

/// Where sealed entries are sent to as they come: a security monitoring system, or a file that one reads (AUD-085).
public struct AuditSink: Sendable, Hashable, Identifiable {
    /// The id of a sink.
    public typealias ID = Identifier<AuditSinkEntity>

    /// By what way entries go.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// They are posted to an address.
        case http
        /// They are messages to a receiver of syslog.
        case syslog
        /// They are appended to a file.
        case file
    }

    /// Which entries go.
    public struct Filter: Sendable, Hashable {
        /// The only chain; `nil` for all of them.
        public var chain: String?
        /// What they are about; empty for everything.
        public var classes: Set<AuditClass>
        /// How much they matter at least.
        public var minimumRisk: AuditRisk

        /// Makes a filter.
        public init(chain: String?, classes: Set<AuditClass>, minimumRisk: AuditRisk) {
            self.chain = chain
            self.classes = classes
            self.minimumRisk = minimumRisk
        }

        /// Everything: what arrives proves itself then (AUD-090).
        public static let none = Filter(chain: nil, classes: [], minimumRisk: .low)

        /// Whether an entry goes.
        public func lets(_ eventClass: AuditClass, _ risk: AuditRisk) -> Bool {
            risk >= minimumRisk && (classes.isEmpty || classes.contains(eventClass))
        }
    }

    /// Whose it is, where an owner of an org made it (AUD-085).
    public struct Owner: Sendable, Hashable {
        /// The org; nothing but its chain goes there.
        public let org: UUID
        /// The person who made it.
        public let creator: UUID

        /// Names them.
        public init(org: UUID, creator: UUID) {
            self.org = org
            self.creator = creator
        }

        /// The org as the log refers to it.
        public var orgReference: AuditReference { AuditReference(kind: .org, key: .id(org)) }
        /// The person as the log refers to it.
        public var creatorReference: AuditReference { AuditReference(kind: .user, key: .id(creator)) }
    }

    /// How far it has got: everything up to here was acknowledged, and nothing behind it (AUD-088).
    public struct Progress: Sendable, Hashable {
        /// The last place in the order of sealing, which has the places of each chain in their order.
        public var seal: Int64
        /// The last place in the only chain that it gets; 0 for one that gets all of them.
        public var position: Int64
        /// The number of the last checkpoint.
        public var checkpoint: Int64
        /// The last key that was published.
        public var key: Int64

        /// Takes what was kept.
        public init(seal: Int64, position: Int64, checkpoint: Int64, key: Int64) {
            self.seal = seal
            self.position = position
            self.checkpoint = checkpoint
            self.key = key
        }

        /// Nothing was sent yet.
        public static let beginning = Progress(seal: 0, position: 0, checkpoint: 0, key: 0)
    }

    /// Its id.
    public let id: ID
    /// By what way entries go.
    public let kind: Kind
    /// The address, or the name of the file.
    public let target: String
    /// Which entries go.
    public let filter: Filter
    /// What requests are signed with, sealed; `nil` where nothing is signed.
    public let sealedSecret: String?
    /// Whose it is; `nil` for one of those who run the product.
    public let owner: Owner?
    /// How far it has got.
    public var progress: Progress
    /// How it does.
    public var health: AuditSinkHealth

    /// Takes what is known of a sink.
    public init(
        id: ID, kind: Kind, target: String, filter: Filter, sealedSecret: String?, owner: Owner? = nil, progress: Progress,
        health: AuditSinkHealth
    ) {
        self.id = id
        self.kind = kind
        self.target = target
        self.filter = filter
        self.sealedSecret = sealedSecret
        self.owner = owner
        self.progress = progress
        self.health = health
    }
}

extension AuditSink {
    /// What people are told of where it is: the host, or the name of a file. A path may hold a secret.
    public var host: String {
        let parts = target.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return target }
        return String(parts[1].prefix { $0 != "/" && $0 != "?" && $0 != "#" })
    }
}

/// How a sink does: whether it takes what it is sent, and what follows when it does not (AUD-089). A decision without a clock of its own.
public struct AuditSinkHealth: Sendable, Hashable {
    /// What a failure leads to.
    public enum Consequence: Sendable, Hashable {
        /// It is tried again.
        case waits
        /// It has failed for an hour: somebody is told, once for each time that it fails.
        case alerts
        /// It has failed for seven days: it is not tried any more until somebody says so.
        case pauses
    }

    /// Since when it is not tried any more.
    public private(set) var pausedAt: Instant?
    /// Since when it fails.
    public private(set) var failingSince: Instant?
    /// How often it was tried since.
    public private(set) var attempts: Int
    /// When it is tried next.
    public private(set) var nextAttemptAt: Instant
    /// When somebody was told.
    public private(set) var alertedAt: Instant?
    /// What it said last, in a fixed word or a status.
    public private(set) var lastError: String?

    /// Takes what was kept.
    public init(
        pausedAt: Instant?, failingSince: Instant?, attempts: Int, nextAttemptAt: Instant, alertedAt: Instant?, lastError: String?
    ) {
        self.pausedAt = pausedAt
        self.failingSince = failingSince
        self.attempts = attempts
        self.nextAttemptAt = nextAttemptAt
        self.alertedAt = alertedAt
        self.lastError = lastError
    }

    /// A sink that was not tried yet, or is tried again after a pause.
    public init(startingAt now: Instant) {
        self.init(pausedAt: nil, failingSince: nil, attempts: 0, nextAttemptAt: now, alertedAt: nil, lastError: nil)
    }

    /// How long a sink is tried that takes nothing.
    public static let patience: Duration = .days(7)

    /// Whether it is not tried any more because it failed, and not because somebody stopped it.
    public var isGivenUp: Bool {
        guard let pausedAt, let failingSince else { return false }
        return pausedAt >= failingSince + Self.patience
    }

    /// Notes a failure. The wait doubles from five seconds up to a quarter of an hour.
    public mutating func fail(because reason: String, at now: Instant) -> Consequence {
        let since = failingSince ?? now
        failingSince = since
        lastError = String(reason.unicodeScalars.prefix(200).map(Character.init))
        nextAttemptAt = now + min(.minutes(15), .seconds(5 << min(attempts, 8)))
        attempts += 1
        if now >= since + Self.patience {
            pausedAt = now
            return .pauses
        }
        guard alertedAt == nil, now >= since + .hours(1) else { return .waits }
        alertedAt = now
        return .alerts
    }

    /// Notes that it took what it was sent.
    public mutating func succeed(at now: Instant) { self = AuditSinkHealth(startingAt: now) }
}

/// Lines that go to a sink together.
public struct AuditSinkBatch: Sendable, Hashable {
    /// Names them: the same lines have the same name whenever they are sent.
    public let id: String
    /// The lines of an export, without their ends.
    public let lines: [String]

    /// Takes lines.
    public init(id: String, lines: [String]) {
        self.id = id
        self.lines = lines
    }

    /// The bytes that go.
    public var bytes: [UInt8] { Array((lines.joined(separator: "\n") + "\n").utf8) }
}

/// A sink did not take what it was sent.
public struct AuditSinkRefused: Error, Sendable, Hashable {
    /// Why, in a fixed word or a status.
    public let reason: String

    /// Tells of it.
    public init(reason: String) {
        self.reason = reason
    }
}

/// Brings lines to sinks of one kind.
public protocol AuditSinkSender: Sendable {
    /// Sends lines once. Only when this returns they have arrived.
    ///
    /// - Throws: ``AuditSinkRefused``.
    func send(_ batch: AuditSinkBatch, to sink: AuditSink, at now: Instant) async throws
}
