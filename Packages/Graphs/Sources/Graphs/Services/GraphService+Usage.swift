internal import Audit
internal import Billing
internal import Core
internal import Identity
internal import Operations
internal import Orgs

extension GraphService {
    /// Reads the parts that are asked for, and no others.
    public func usage(
        of id: GraphID, over range: UsageRange, _ parts: Set<UsagePart>, as caller: GraphCaller
    ) async throws -> (graph: Graph, usage: GraphUsage) {
        let found = try await graph(id, as: caller)
        var usage = GraphUsage(span: range.span(at: dateSource.now))
        if parts.contains(.storage) { usage.storage = StorageUse(try await store.sizes(of: id, in: usage.span), in: usage.span) }
        if parts.contains(.credits) { usage.credits = try await store.creditUse(of: id, in: usage.span) }
        if parts.contains(.performance) { usage.work = try await store.work(on: id, in: usage.span) }
        if parts.contains(.events) { usage.events = try await store.usageEvents(of: id, in: usage.span, limit: UsageEvent.limit) }
        return (found.graph, usage)
    }
}
