/// Something that an engine does or lacks (GRA-121).
public enum EngineCapability: String, Sendable, Hashable, Codable, CaseIterable {
    /// Logins of tenants to a graph's database.
    case logins
    /// The engine itself lets tenants do no more than a mode says; where it lacks that, our API alone does.
    case modes
    /// Loads a backup.
    case restore
    /// Gives dead space back.
    case compaction
}

extension BackupArchiveRecord {
    /// What an archive's engine version begins with when its engine loads none: the engine's own file, of use to whoever runs such an engine.
    public static let withoutRestore = "graph API "

    /// Whether an engine of ours loads it.
    public var isLoadable: Bool { !engineVersion.hasPrefix(Self.withoutRestore) }
}

extension GraphEngine {
    /// Everything, unless an engine says otherwise.
    public func capabilities(of host: HostReference) -> Set<EngineCapability> { Set(EngineCapability.allCases) }

    /// Refuses what a host's engine cannot do.
    ///
    /// - Throws: ``GraphError/engineUnsupported(_:)``.
    func require(_ capability: EngineCapability, of host: HostReference) throws(GraphError) {
        guard capabilities(of: host).contains(capability) else { throw .engineUnsupported(capability) }
    }
}
