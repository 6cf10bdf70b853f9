/// Why an engine did not do something.
public enum EngineError: Error, Sendable, CustomStringConvertible {
    /// The host cannot be reached now, or is busy: try again.
    case unavailable(String)
    /// The call was sent and its answer did not come: it may have been done. Whoever tries again reads back first.
    case uncertain(String)
    /// It will not work however often it is tried.
    case refused(String)
    /// Something with our name carries a foreign marker or none: it is never adopted, altered or dropped (GRA-020).
    case foreignObject(String)
    /// A database that was in use was to be discarded as unused.
    case notUnused(GraphID)
    /// There is no host of this name in the settings.
    case unknownHost(String)
    /// The host takes no more graphs, whatever its slots say (GRA-120).
    case full(String)
    /// The engine cannot do this at all.
    case unsupported(EngineCapability)

    /// For logs; customers never see it (GRA-128).
    public var description: String {
        switch self {
        case .unavailable(let reason): "the graph host is not available: \(reason)"
        case .uncertain(let reason): "the graph host did not say what came of it: \(reason)"
        case .refused(let reason): "the graph host refused: \(reason)"
        case .foreignObject(let name): "\(name) is on the graph host and not ours"
        case .notUnused(let graph): "\(graph) has been in use"
        case .unknownHost(let name): "there is no graph host \(name)"
        case .full(let name): "the graph host \(name) is full"
        case .unsupported(let capability): "the engine has no \(capability.rawValue)"
        }
    }

    /// What an error says about another attempt (GRA-016).
    public enum Nature: Sendable, Hashable {
        /// Nothing was done; another attempt can help.
        case retryable
        /// It will not work however often it is tried.
        case definitive
        /// It may have been done; another attempt finds out before it does anything.
        case unknown
    }

    /// Whether another attempt can help.
    public var isRetryable: Bool { nature != .definitive }

    /// What it says about another attempt.
    public var nature: Nature {
        switch self {
        case .unavailable, .full: .retryable
        case .uncertain: .unknown
        case .refused, .foreignObject, .notUnused, .unknownHost, .unsupported: .definitive
        }
    }
}
