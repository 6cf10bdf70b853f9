public import Core

/// A network that callers without credentials come from: one IPv4 address or one IPv6 /64 (AUD-009).
public struct NetworkClient: AuditReferableText, Hashable {
    /// `network_client`
    public static let auditKind = AuditReferenceKind.networkClient
    /// The network as text, such as `203.0.113.9/32` or `2001:db8::/64`.
    public let auditKey: String

    /// Takes a network as ``auditKey`` gave it, from where it was kept meanwhile.
    public init(network: String) {
        auditKey = network
    }

    /// Takes the network of a numeric address; text that is no address becomes a network of its own, so that nothing is lost.
    public init(address: String) {
        guard address.contains(":") else {
            auditKey = address + "/32"
            return
        }
        let bare = String(address.prefix { $0 != "%" })
        let halves = bare.halved(at: "::")
        var groups = halves[0].split(separator: ":").map(String.init)
        if halves.count > 1 {
            let tail = halves[1].split(separator: ":").count
            groups += Array(repeating: "0", count: max(0, 8 - groups.count - tail))
        }
        while groups.count < 4 { groups.append("0") }
        auditKey = groups.prefix(4).joined(separator: ":") + "::/64"
    }
}

extension String {
    fileprivate func halved(at separator: String) -> [Substring] {
        guard let range = firstRange(of: separator) else { return [self[...]] }
        return [self[..<range.lowerBound], self[range.upperBound...]]
    }
}

/// A running process of the product (AUD-010).
public enum Node: AuditReferable {
    /// `node`
    public static let idPrefix = "node"
    /// `node`
    public static let auditKind = AuditReferenceKind.node
    /// The id of a process; new at each start.
    public typealias ID = Identifier<Node>
}

/// A process began to run.
public struct ProcessStarted: AuditEvent {
    /// The row of the catalogue.
    public static let type = AuditEventType("process_started", risk: .low, class: .platform, component: "platform", requires: [.node])
    /// The process.
    public let node: Node.ID
    /// What it is: `api`, `worker`, `trellis`.
    public let process: String

    /// Tells of a start.
    public init(node: Node.ID, process: String) {
        self.node = node
        self.process = process
    }

    /// The process.
    public var references: AuditReferences { AuditReferences(AuditReference(node)) }
    /// One line.
    public var summary: String { "\(process) started as \(node)" }
    /// Which process.
    public var data: [String: JSONValue] { ["process": .string(process)] }
}

/// A call was refused because the caller may not make it, or could not prove who it is (AUD-126).
public struct AuthorizationDenied: ClientDenial {
    /// The row of the catalogue.
    public static let type = AuditEventType(
        "authorization_denied", risk: .medium, class: .security, component: "platform", requires: [.networkClient])
    /// Where the caller came from.
    public let client: NetworkClient
    /// The route that was called.
    public let route: String
    /// Why it was refused, in a fixed word.
    public let reason: String
    /// How many bytes the call had.
    public let size: Int
    /// High for a provider's signature that is missing or wrong.
    public let risk: AuditRisk

    /// Tells of a refusal.
    public init(client: NetworkClient, route: String, reason: String, size: Int, risk: AuditRisk = .medium) {
        self.client = client
        self.route = route
        self.reason = reason
        self.size = size
        self.risk = risk
    }

    /// The network.
    public var references: AuditReferences { AuditReferences(AuditReference(client)) }
    /// One line.
    public var summary: String { "refused on \(route): \(reason)" }
    /// What was refused.
    public var data: [String: JSONValue] { ["route": .string(route), "reason": .string(reason), "size": .integer(Int64(size))] }
}

/// The clock of the sandbox mode was moved.
public struct SandboxClockAdvanced: AuditEvent {
    /// The row of the catalogue.
    public static let type = AuditEventType(
        "sandbox_clock_advanced", risk: .low, class: .platform, component: "platform", requires: [.node])
    /// The process that moved it.
    public let node: Node.ID
    /// From when.
    public let from: Instant
    /// To when.
    public let to: Instant

    /// Tells of a move.
    public init(node: Node.ID, from: Instant, to: Instant) {
        self.node = node
        self.from = from
        self.to = to
    }

    /// The process.
    public var references: AuditReferences { AuditReferences(AuditReference(node)) }
    /// One line.
    public var summary: String { "clock moved to \(to)" }
    /// From when to when.
    public var data: [String: JSONValue] { ["from": .string(from.description), "to": .string(to.description)] }
}

/// A node began to count requests elsewhere than before: with all others in the store that they share, or for itself (SEC-006).
public struct RequestCountingSwitched: AuditEvent {
    /// The row of the catalogue.
    public static let type = AuditEventType(
        "request_counting_switched", risk: .medium, class: .platform, component: "platform", requires: [.node])
    /// The process that counts.
    public let node: Node.ID
    /// Whether all nodes count together.
    public let isShared: Bool

    /// Tells of a switch.
    public init(node: Node.ID, isShared: Bool) {
        self.node = node
        self.isShared = isShared
    }

    /// The process.
    public var references: AuditReferences { AuditReferences(AuditReference(node)) }
    /// One line.
    public var summary: String { "\(node) counts requests \(isShared ? "with all nodes again" : "for itself")" }
    /// Where it counts.
    public var data: [String: JSONValue] { ["shared": .bool(isShared)] }
}

/// A process ended as it was asked to. One that was killed has no such entry.
public struct ProcessStopped: AuditEvent {
    /// The row of the catalogue.
    public static let type = AuditEventType("process_stopped", risk: .low, class: .platform, component: "platform", requires: [.node])
    /// The process.
    public let node: Node.ID
    /// What it was: `api`, `worker`.
    public let process: String

    /// Tells of an end.
    public init(node: Node.ID, process: String) {
        self.node = node
        self.process = process
    }

    /// The process.
    public var references: AuditReferences { AuditReferences(AuditReference(node)) }
    /// One line.
    public var summary: String { "\(process) stopped as \(node)" }
    /// Which process.
    public var data: [String: JSONValue] { ["process": .string(process)] }
}

/// The schema was brought forward (AUD-133).
public struct MigrationApplied: AuditEvent {
    /// The row of the catalogue.
    public static let type = AuditEventType(
        "migration_applied", risk: .medium, class: .platform, component: "platform", requires: [.node])
    /// The process that did it.
    public let node: Node.ID
    /// The steps, in their order.
    public let migrations: [String]

    /// Tells of it.
    public init(node: Node.ID, migrations: [String]) {
        self.node = node
        self.migrations = migrations
    }

    /// The process.
    public var references: AuditReferences { AuditReferences(AuditReference(node)) }
    /// One line.
    public var summary: String { "\(migrations.count) migrations applied" }
    /// How many and which; of a whole schema the last hundred.
    public var data: [String: JSONValue] {
        ["count": .integer(Int64(migrations.count)), "migrations": .array(migrations.suffix(100).map { .string($0) })]
    }
}

/// A checkpoint was signed, the first of its day (AUD-133).
public struct AuditCheckpointSigned: AuditEvent {
    /// The row of the catalogue.
    public static let type = AuditEventType(
        "audit_checkpoint_signed", risk: .low, class: .platform, component: "platform", requires: [.node])
    private let node: Node.ID
    private let number: Int64
    private let links: Int64
    private let keyID: String

    /// Tells of it.
    package init(node: Node.ID, number: Int64, links: Int64, keyID: String) {
        self.node = node
        self.number = number
        self.links = links
        self.keyID = keyID
    }

    /// The process that signed it.
    public var references: AuditReferences { AuditReferences(AuditReference(node)) }
    /// One line.
    public var summary: String { "checkpoint \(number) signed over \(links) links" }
    /// Which checkpoint, how much it covers, and with which key.
    public var data: [String: JSONValue] { ["number": .integer(number), "links": .integer(links), "key_id": .string(keyID)] }
}

/// The types that belong to no single package.
public enum PlatformAuditEvents {
    /// Their rows of the catalogue.
    public static let types = [ProcessStarted.type, AuthorizationDenied.type, SandboxClockAdvanced.type]
    /// Those of ends, migrations and checkpoints, which a later step of the schema adds.
    public static let laterTypes = [ProcessStopped.type, MigrationApplied.type, AuditCheckpointSigned.type]
}
