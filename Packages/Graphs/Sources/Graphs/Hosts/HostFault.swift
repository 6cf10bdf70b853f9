/// Something about a host that keeps it from holding graphs, and what to run about it (GRA-097).
public struct HostFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was looked at.
    public enum Check: String, Sendable, CaseIterable {
        /// Whether it answers.
        case reachability
        /// Whether it lets the maintenance login in.
        case login
        /// Whether its server is new enough.
        case version
        /// Whether nobody can listen.
        case tls
        /// Whether the maintenance login may do what it must, and no more.
        case maintenanceRights = "maintenance_rights"
        /// Whether tenants are kept out of every database that is not theirs.
        case administrativeDatabases = "administrative_databases"
        /// Whether the tools that write backups know this server.
        case dumpTools = "dump_tools"
        /// Whether its clock is right.
        case clock
    }

    /// What was looked at.
    public let check: Check
    /// What is wrong.
    public let problem: String
    /// What to run, or to change in the settings.
    public let remedy: String

    /// Describes a fault.
    public init(_ check: Check, _ problem: String, remedy: String) {
        self.check = check
        self.problem = problem
        self.remedy = remedy
    }

    /// One line.
    public var description: String { "\(check.rawValue): \(problem); run: \(remedy)" }
}

/// Why an operator's order about a host was not carried out.
public enum HostRefusal: Error, Sendable, Hashable {
    /// The settings name none.
    case unknown(String)
    /// It is registered already.
    case registered(String)
    /// It is not as it must be.
    case faulty([HostFault])
    /// There is none with this id.
    case notFound
    /// It is gone for good.
    case retired(String)
    /// It answers, or did a moment ago, so that nothing on it is lost.
    case answers(String)
}

/// Looks whether hosts are as they must be.
public protocol HostChecking: Sendable {
    /// What keeps a host from holding graphs, with what to run about it; nothing of one that is as it must be (GRA-097).
    func faults(of host: HostReference) async throws -> [HostFault]
}

extension GraphEngine {
    /// What every engine can say: whether the host answers, and whether the login may do its work. One that knows more says more.
    public func faults(of host: HostReference) async throws -> [HostFault] {
        do {
            guard try await probe(host).mayMaintain else {
                return [HostFault(.maintenanceRights, "the maintenance login lacks rights", remedy: "give it the rights of a maintainer")]
            }
            return []
        } catch let error as EngineError where error.isRetryable {
            return [HostFault(.reachability, error.description, remedy: "let this machine and the login of the setting in")]
        }
    }
}
