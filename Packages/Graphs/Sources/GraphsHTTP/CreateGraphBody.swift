internal import Billing
internal import Core
internal import Graphs
internal import HTTPServer
internal import Identity

/// The body of a creation (wire contract, CreateGraphRequest).
struct CreateGraphBody: Decodable {
    struct Metadata: Decodable {
        let graphName: String
        let description: String?
        let schemaExtensions: [String]?
        let tags: [String]?

        enum CodingKeys: String, CodingKey {
            case description, tags
            case graphName = "graph_name"
            case schemaExtensions = "schema_extensions"
        }
    }

    let metadata: Metadata
    let instanceTier: String?
    let customSchema: JSONValue?
    let initialEntity: JSONValue?
    let createEntity: Bool?
    let tags: [String]?
    let source: GraphBackup.ID?

    enum CodingKeys: String, CodingKey {
        case metadata, tags
        case source = "source_backup_id"
        case instanceTier = "instance_tier"
        case customSchema = "custom_schema"
        case initialEntity = "initial_entity"
        case createEntity = "create_entity"
    }

    var wish: GraphDraft.Wish {
        // The published client sends labels in two places; a label given in both is one label.
        let inMetadata = metadata.tags ?? []
        let further = (tags ?? []).filter { !inMetadata.contains($0) }
        return GraphDraft.Wish(
            name: metadata.graphName, description: metadata.description, extensions: metadata.schemaExtensions ?? [],
            tags: inMetadata + further, tier: instanceTier ?? TierName.standard.rawValue, customSchema: customSchema.present,
            initialEntity: initialEntity.present, createsEntity: createEntity ?? true, source: source)
    }
}

extension Optional where Wrapped == JSONValue {
    /// The value, with JSON's null as nothing.
    fileprivate var present: JSONValue? {
        if case .some(.null) = self { return .none }
        return self
    }
}

/// The body of a deletion.
struct DeleteGraphBody: Decodable {
    let confirm: String
    let atPeriodEnd: Bool?

    enum CodingKeys: String, CodingKey {
        case confirm
        case atPeriodEnd = "at_period_end"
    }
}

/// The body of a change of metadata (wire contract, UpdateGraphMetadataOp).
struct GraphMetadataBody: Decodable {
    let graphName: String?
    let description: String?
    let tags: [String]?

    enum CodingKeys: String, CodingKey {
        case description, tags
        case graphName = "graph_name"
    }

    var change: GraphMetadataChange {
        GraphMetadataChange(name: graphName, description: description, tags: tags)
    }
}

/// The body of a change of tier (wire contract, ChangeTierOp).
struct ChangeTierBody: Decodable {
    let newTier: String
    /// What it was said to cost (BIL-063).
    let quote: String?

    enum CodingKeys: String, CodingKey {
        case quote
        case newTier = "new_tier"
    }

    /// The quote that is accepted.
    func acceptedQuote() throws -> PlanChangeQuote.Reference? {
        try quote.map { text in
            guard let reference = PlanChangeQuote.Reference(text) else {
                throw Problem.invalidField("quote", message: "must be a quote of this change")
            }
            return reference
        }
    }
}

/// The body of a new credential.
struct CredentialBody: Decodable {
    let mode: String?
    let label: String?
    let expiresAt: Instant?

    enum CodingKeys: String, CodingKey {
        case mode, label
        case expiresAt = "expires_at"
    }
}

/// The body of a change of protection.
struct ProtectionBody: Decodable {
    let enabled: Bool
}

/// The body of a rotation.
struct RotationBody: Decodable {
    let overlapSeconds: Int?

    enum CodingKeys: String, CodingKey {
        case overlapSeconds = "overlap_seconds"
    }
}

/// The body of a new grant (wire contract, AddGraphMemberRequest).
struct AddMemberBody: Decodable {
    let userID: User.ID
    let role: GraphRole?

    enum CodingKeys: String, CodingKey {
        case role
        case userID = "user_id"
    }
}

/// The body of a changed grant (wire contract, UpdateGraphMemberRoleRequest).
struct ChangeMemberBody: Decodable {
    let role: GraphRole
}

/// The body of a selection.
struct SelectedGraphBody: Decodable {
    let graphID: String

    enum CodingKeys: String, CodingKey {
        case graphID = "graph_id"
    }
}
