/// The typed name of a plan, parsed once at the edge (BIL-003): `graph:ladybug-standard`, `repository:sec/starter`, `addon:priority-support`.
public struct PlanKey: Hashable, Comparable, Sendable, LosslessStringConvertible {
    /// What the plan pays for.
    public let resourceType: ResourceType
    /// The shared repository the plan is for; repositories only.
    public let repository: String?
    /// The tier, the repository's plan or the add-on.
    public let name: String

    /// Names the plan of a graph tier.
    public static func graph(_ tier: String) -> PlanKey {
        PlanKey(resourceType: .graph, repository: nil, name: tier)
    }

    /// Names a plan of a shared repository.
    public static func repository(_ slug: String, _ plan: String) -> PlanKey {
        PlanKey(resourceType: .repository, repository: slug, name: plan)
    }

    /// Names an add-on.
    public static func addon(_ name: String) -> PlanKey {
        PlanKey(resourceType: .addon, repository: nil, name: name)
    }

    private init(resourceType: ResourceType, repository: String?, name: String) {
        self.resourceType = resourceType
        self.repository = repository
        self.name = name
    }

    /// Reads the text form; anything else is `nil`.
    public init?(_ description: String) {
        let parts = description.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let type = ResourceType(rawValue: String(parts[0])) else { return nil }
        let names = parts[1].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard names.allSatisfy(Self.isName) else { return nil }
        switch (type, names.count) {
        case (.repository, 2): self.init(resourceType: type, repository: names[0], name: names[1])
        case (.graph, 1), (.addon, 1): self.init(resourceType: type, repository: nil, name: names[0])
        default: return nil
        }
    }

    /// The text form.
    public var description: String {
        resourceType.rawValue + ":" + (repository.map { $0 + "/" } ?? "") + name
    }

    /// Orders by the text form.
    public static func < (left: PlanKey, right: PlanKey) -> Bool {
        left.description < right.description
    }

    private static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 || $0 == 95 || $0 == 46 }
    }
}

extension PlanKey: Codable {
    /// Decodes the text form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = PlanKey(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "must be the key of a plan")
        }
        self = value
    }

    /// Encodes the text form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// One version of a plan; a running subscription keeps the version it bought (BIL-005).
public struct PlanReference: Hashable, Codable, Sendable, CustomStringConvertible {
    /// Which plan.
    public let key: PlanKey
    /// Which version of it.
    public let version: Int

    /// Names a version of a plan.
    public init(key: PlanKey, version: Int) {
        self.key = key
        self.version = version
    }

    /// The key and the version.
    public var description: String { "\(key) v\(version)" }
}
