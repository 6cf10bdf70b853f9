public import Billing
public import Core
internal import Identity
internal import Operations
internal import Orgs

/// What Billing asks before it sells a graph: whether the wishes can be met, and for a place (GRA-008).
public struct GraphResource<Transaction: GraphTransaction>: SellableResource {
    private let catalogue: GraphCatalogue
    private let dateSource: any DateSource

    /// For how long a sale holds its place: a checkout's life and ten minutes more.
    private static var hold: Duration { .hours(3) }

    /// Makes the kind.
    public init(catalogue: GraphCatalogue, dateSource: any DateSource) {
        self.catalogue = catalogue
        self.dateSource = dateSource
    }

    /// `graph`
    public var type: ResourceType { .graph }

    /// Reads the wishes as a creation would; the tier is that of the plan, whatever they say (GRA-004).
    public func validate(_ configuration: JSONValue, for plan: Plan) throws(BillingError) {
        do {
            guard try GraphConfiguration.returning(in: configuration) == nil else { return }
            _ = try GraphConfiguration.draft(from: configuration, tier: TierName(rawValue: plan.key.name), catalogue: catalogue)
        } catch {
            let fault = error.faults.first
            throw .invalidConfiguration(
                pointer: "/" + (fault?.path.joined(separator: "/") ?? ""), reason: fault?.reason ?? "is not usable")
        }
    }

    /// The tier of a creation's body.
    public func wishedTier(in configuration: JSONValue) -> String? {
        [
            configuration["instance_tier"], configuration["tier"], configuration["metadata"]?["instance_tier"],
            configuration["metadata"]?["tier"],
        ]
        .compactMap { $0?.stringValue }.first
    }

    /// Looks at what the wishes name: a backup of the org that is there and not too large for the tier (GRA-010), or a suspended graph of the
    /// org and the tier (GRA-059).
    public func admit(_ subscription: Subscription, plan: Plan, in transaction: Transaction) async throws {
        let tier = TierName(rawValue: plan.key.name)
        if let id = try? GraphConfiguration.returning(in: subscription.configuration) {
            guard let graph = try await transaction.graph(id), try await graph.mayReturn(for: subscription, in: transaction) else {
                throw BillingError.invalidConfiguration(
                    pointer: "/" + GraphConfiguration.returningKey, reason: "must be a suspended graph of the org, and of the plan's tier")
            }
            return
        }
        guard let source = try? GraphConfiguration.draft(from: subscription.configuration, tier: tier, catalogue: catalogue).source else {
            return
        }
        do {
            _ = try await transaction.source(source, of: subscription.org, fitting: catalogue.tier(tier))
        } catch let refusal as GraphError {
            throw BillingError.invalidConfiguration(pointer: "/source_backup_id", reason: refusal.reasonOfSource)
        }
    }

    /// Takes a place of the org's quota and a slot of the tier, or says which of them is missing.
    public func reserve(for subscription: Subscription, plan: Plan, in transaction: Transaction) async throws {
        // A graph that comes back has both places.
        guard try GraphConfiguration.returning(in: subscription.configuration) == nil else { return }
        let now = dateSource.now
        do {
            _ = try await transaction.reserveGraphSlot(
                for: .subscription(subscription.id), in: subscription.org, until: now + Self.hold, at: now)
        } catch OrgsError.graphLimitReached(let limit) {
            throw BillingError.graphLimitReached(limit: limit)
        }
        let slot = try await transaction.holdSlot(
            of: TierName(rawValue: plan.key.name), for: subscription.id, org: subscription.org, until: now + Self.hold, now: now)
        guard slot != nil else { throw BillingError.tierAtCapacity(plan.key) }
    }

    /// Gives both places back, unless a graph has them.
    public func release(_ subscription: Subscription.ID, in transaction: Transaction) async throws {
        guard try await transaction.graph(paidBy: subscription) == nil else { return }
        try await transaction.releasePlaces(of: subscription)
        // Whoever waits for a payment that turned out to be refused is told (GRA-006).
        guard let row = try await transaction.subscription(subscription), let operation = row.operation.flatMap({ Operation.ID($0) }) else {
            return
        }
        let failure = OperationFailure(
            code: row.failure?.code ?? "PAYMENT_DECLINED", message: row.failure?.message ?? "The payment was declined.")
        // Also where the process of the call is gone: its repetition gets the answer that it would have got (OPS-016).
        try await transaction.settle(callFor: operation, StoredAnswer(toSaleRefusedBy: failure))
        try await transaction.end(operation, .fail(failure), at: dateSource.now)
    }
}

extension GraphError {
    /// Why a backup can be nothing's source, as what is wrong with the field that names it.
    fileprivate var reasonOfSource: String {
        switch self {
        case .backupNotCompleted(let status): "must be a completed backup; this one is \(status.rawValue)"
        case .backupTooLarge(let bytes, let cap): "must fit the tier: it holds \(bytes) bytes, the tier \(cap)"
        default: "must be a backup of the org"
        }
    }
}

extension GraphTransaction {
    /// Gives back what a sale that came to nothing held: its slot on a host and its place under the org's limit.
    func releasePlaces(of subscription: Subscription.ID) async throws {
        try await freeSlot(of: nil, or: subscription)
        if let slot = try await graphSlot(of: .subscription(subscription)) { try await releaseGraphSlot(slot.id) }
    }
}

/// The wishes for a graph as they travel with a sale: the body of a creation, or its members without the grouping.
public enum GraphConfiguration {
    /// Reads wishes into a draft of a tier.
    ///
    /// - Throws: ``GraphDraft/Faults``
    public static func draft(
        from configuration: JSONValue, tier: TierName, catalogue: GraphCatalogue
    ) throws(GraphDraft.Faults) -> GraphDraft {
        let metadata = configuration["metadata"] ?? configuration
        func texts(_ value: JSONValue?) -> [String] { (value?.arrayValue ?? []).compactMap(\.stringValue) }
        func present(_ value: JSONValue?) -> JSONValue? { value == .null ? .none : value }
        let name = metadata["graph_name"]?.stringValue ?? metadata["name"]?.stringValue ?? "My graph"
        var wish = GraphDraft.Wish(
            name: name, description: metadata["description"]?.stringValue,
            extensions: texts(metadata["schema_extensions"] ?? configuration["schema_extensions"]),
            tags: texts(metadata["tags"]) + (configuration["metadata"] == nil ? [] : texts(configuration["tags"])), tier: tier.rawValue,
            customSchema: present(configuration["custom_schema"]), initialEntity: present(configuration["initial_entity"]),
            createsEntity: configuration["create_entity"]?.boolValue ?? true)
        if let source = present(configuration["source_backup_id"]) {
            guard let id = source.stringValue.flatMap({ GraphBackup.ID($0) }) else {
                throw GraphDraft.Faults(faults: [GraphDraft.Fault(path: ["source_backup_id"], reason: "must be the id of a backup")])
            }
            wish.source = id
        } else if wish.customSchema == nil, wish.initialEntity == nil {
            // A sale may come before the customer knows what the graph is to hold; an open schema takes anything.
            wish.customSchema = ["name": .string("open"), "nodes": [], "relationships": []]
        }
        return try GraphDraft(wish, catalogue: catalogue)
    }

    /// `undelete_graph_id`
    static let returningKey = "undelete_graph_id"

    /// The suspended graph that a sale brings back; `nil` for one that buys a new graph.
    static func returning(in configuration: JSONValue) throws(GraphDraft.Faults) -> GraphID? {
        guard let named = configuration[returningKey], named != .null else { return nil }
        guard let id = named.stringValue.flatMap({ GraphID($0) }) else {
            throw GraphDraft.Faults(faults: [GraphDraft.Fault(path: [returningKey], reason: "must be the id of a graph")])
        }
        return id
    }

    /// The wishes of a sale that brings a graph back.
    static func configuration(returning graph: GraphID) -> JSONValue { [returningKey: .string(graph.description)] }

    /// The wishes of a draft, to travel with its sale.
    public static func configuration(of draft: GraphDraft, graph: GraphID) -> JSONValue {
        if let source = draft.source { return configuration(of: draft, graph: graph, copying: source) }
        return [
            "graph_id": .string(graph.description),
            "metadata": [
                "graph_name": .string(draft.name), "description": .string(draft.description),
                "tags": .array(draft.tags.map { .string($0) }),
                "schema_extensions": .array(draft.extensions.map { .string($0) }),
            ],
            "instance_tier": .string(draft.tier.rawValue), "custom_schema": draft.customSchema ?? .null,
            "initial_entity": draft.initialEntity ?? .null, "create_entity": .bool(true),
        ]
    }

    /// What a copy is to hold, its backup says.
    private static func configuration(of draft: GraphDraft, graph: GraphID, copying source: GraphBackup.ID) -> JSONValue {
        [
            "graph_id": .string(graph.description),
            "metadata": [
                "graph_name": .string(draft.name), "description": .string(draft.description),
                "tags": .array(draft.tags.map { .string($0) }),
            ],
            "instance_tier": .string(draft.tier.rawValue), "source_backup_id": .string(source.description),
        ]
    }
}
