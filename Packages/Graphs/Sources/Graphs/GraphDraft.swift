public import Core

/// What a creation asks for, read and found in order (GRA-002).
public struct GraphDraft: Sendable, Hashable, Codable {
    /// What it is about.
    public let kind: Graph.Kind
    /// What it is to be called.
    public let name: String
    /// What is said about it.
    public let description: String
    /// Its labels.
    public let tags: [String]
    /// Its schema extensions.
    public let extensions: [String]
    /// Its own schema.
    public let customSchema: JSONValue?
    /// The company it is about.
    public let initialEntity: JSONValue?
    /// The tier wished for.
    public let tier: TierName
    /// The backup whose contents it gets (GRA-010).
    public let source: GraphBackup.ID?

    /// One thing that is wrong with a request: the field as a path, and what it must be.
    public struct Fault: Error, Sendable, Hashable {
        /// The members that lead to the field.
        public let path: [String]
        /// What is wrong with it, as the end of a sentence that begins with its name.
        public let reason: String

        /// Makes a fault.
        public init(path: [String], reason: String) {
            self.path = path
            self.reason = reason
        }
    }

    /// All faults of a request at once.
    public struct Faults: Error, Sendable, Hashable {
        /// The faults, in the order of the fields.
        public let faults: [Fault]
    }

    /// What a request says before it was checked.
    public struct Wish: Sendable, Hashable {
        /// `metadata.graph_name`
        public var name: String
        /// `metadata.description`
        public var description: String?
        /// `metadata.schema_extensions`
        public var extensions: [String]
        /// `metadata.tags` and `tags`
        public var tags: [String]
        /// `instance_tier`
        public var tier: String
        /// `custom_schema`
        public var customSchema: JSONValue?
        /// `initial_entity`
        public var initialEntity: JSONValue?
        /// `create_entity`
        public var createsEntity: Bool
        /// `source_backup_id`
        public var source: GraphBackup.ID?

        /// Makes a wish.
        public init(
            name: String, description: String?, extensions: [String], tags: [String], tier: String, customSchema: JSONValue?,
            initialEntity: JSONValue?, createsEntity: Bool, source: GraphBackup.ID? = nil
        ) {
            self.name = name
            self.description = description
            self.extensions = extensions
            self.tags = tags
            self.tier = tier
            self.customSchema = customSchema
            self.initialEntity = initialEntity
            self.createsEntity = createsEntity
            self.source = source
        }
    }

    /// Checks a wish against the catalogue.
    ///
    /// - Throws: ``Faults`` with every fault there is.
    public init(_ wish: Wish, catalogue: GraphCatalogue) throws(Faults) {
        var faults: [Fault] = []
        func check(_ holds: Bool, _ path: [String], _ reason: String) {
            if !holds { faults.append(Fault(path: path, reason: reason)) }
        }
        let name = wish.name
        check(
            !name.allSatisfy(\.isWhitespace) && name.count <= 255, ["metadata", "graph_name"], "must be 1 to 255 characters and not blank")
        check((wish.description ?? "").count <= 1_000, ["metadata", "description"], "must be at most 1000 characters")
        check(wish.tags.count <= 10, ["metadata", "tags"], "must be at most 10")
        check(
            wish.tags.allSatisfy { (1...50).contains($0.count) }, ["metadata", "tags"], "must be 1 to 50 characters each")
        for unknown in wish.extensions where !catalogue.extensions.contains(where: { $0.name == unknown }) {
            let known = catalogue.extensions.map(\.name).joined(separator: ", ")
            check(false, ["metadata", "schema_extensions"], "must be among \(known)")
        }
        let tier = TierName(rawValue: wish.tier)
        check(
            catalogue.tier(tier) != nil, ["instance_tier"],
            "must be one of \(catalogue.tiers.map(\.name.rawValue).joined(separator: ", "))")
        if wish.source == nil {
            check(
                (wish.customSchema == nil) != (wish.initialEntity == nil), ["initial_entity"],
                "or custom_schema must be given, and not both")
        } else {
            // Contents and schema are those of the backup.
            check(
                wish.customSchema == nil && wish.initialEntity == nil && wish.extensions.isEmpty, ["source_backup_id"],
                "must stand without initial_entity, custom_schema and schema_extensions")
        }
        for fault in Self.entityFaults(wish.initialEntity) { check(false, ["initial_entity"] + fault.path, fault.reason) }
        for fault in wish.customSchema.map(CustomSchema.faults(in:)) ?? [] { check(false, ["custom_schema"], "is not usable: " + fault) }
        guard faults.isEmpty else { throw Faults(faults: faults) }
        kind = wish.initialEntity == nil ? .generic : .entity
        source = wish.source
        self.name = name
        description = wish.description ?? ""
        tags = wish.tags
        extensions = wish.extensions
        customSchema = wish.customSchema
        initialEntity = wish.createsEntity ? wish.initialEntity : nil
        self.tier = tier
    }

    /// The draft of a graph that is to hold what another held: kind, extensions and schema are those of the other.
    init(_ draft: GraphDraft, copying graph: Graph) {
        kind = graph.kind
        name = draft.name
        description = draft.description
        tags = draft.tags
        extensions = graph.extensions
        customSchema = graph.customSchema
        initialEntity = graph.initialEntity
        tier = draft.tier
        source = draft.source
    }

    private static func entityFaults(_ entity: JSONValue?) -> [Fault] {
        guard let entity else { return [] }
        guard case .object = entity else { return [Fault(path: [], reason: "must be an object")] }
        var faults: [Fault] = []
        if !(1...255).contains((entity["name"]?.stringValue ?? "").count) {
            faults.append(Fault(path: ["name"], reason: "must be 1 to 255 characters"))
        }
        if (entity["uri"]?.stringValue ?? "").isEmpty { faults.append(Fault(path: ["uri"], reason: "must not be empty")) }
        if let ticker = entity["ticker"]?.stringValue, !(1...10).contains(ticker.count) {
            faults.append(Fault(path: ["ticker"], reason: "must be 1 to 10 characters"))
        }
        return faults
    }
}
