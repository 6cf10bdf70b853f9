internal import Audit
internal import Billing
internal import Core
internal import FoundationEssentials
internal import Identity
internal import JobsPostgres
internal import Orgs

/// Which catalogue is active, for operators (BIL-010): it works although the active one is not readable for this release.
public struct CatalogueOperations: Sendable {
    private let catalogues: Catalogues<AppStore>

    /// Makes them.
    public init(_ foundations: Foundations) {
        let notifier = JobNotifier(client: foundations.database, loops: foundations.loops)
        let store = AppStore(client: foundations.database, dateSource: foundations.dateSource, notifier: notifier)
        catalogues = Catalogues(store: store, dateSource: foundations.dateSource)
    }

    /// What a file would change, as text; without a path the one that ships.
    ///
    /// - Throws: ``ControlRefusal`` when the file cannot be read or is not a sound catalogue.
    public func preview(_ path: String?) async throws -> String {
        try await telling { try await catalogues.preview(try read(path)).text }
    }

    /// Makes a file the active catalogue.
    ///
    /// - Throws: ``ControlRefusal`` when nothing was activated.
    public func activate(_ path: String?, because reason: String, by name: String) async throws -> String {
        try await telling {
            try await catalogues.activate(try read(path), because: reason, by: name, as: .system(component: "cli")).text
        }
    }

    private func read(_ path: String?) throws -> Catalogue {
        guard let path else { return try BuiltInCatalogue.load() }
        guard let data = FileManager.default.contents(atPath: path) else { throw ControlRefusal(description: "\(path) cannot be read.") }
        return try Catalogue(reading: Array(data))
    }

    private func telling(_ body: () async throws -> String) async throws -> String {
        do {
            return try await body()
        } catch let refused as CatalogueRefused {
            let faults = refused.faults.map { "  \($0.pointer) \($0.reason)" }.joined(separator: "\n")
            throw ControlRefusal(description: "It is not a sound catalogue:\n" + faults)
        } catch let refusal as Catalogues<AppStore>.Refusal {
            throw ControlRefusal(description: "Nothing was activated: \(refusal.words).")
        }
    }
}

extension Catalogues.Refusal {
    /// What an operator can do about it.
    fileprivate var words: String {
        switch self {
        case .nobody: "NAME is 1 to 100 characters long"
        case .reason: "REASON is 10 to 200 characters long"
        case .active: "it is the active catalogue"
        case .orphans(let plans):
            "subscriptions have \(plans.map(\.description).joined(separator: ", ")); list them with \"sellable\": false"
        case .currency: "what is sold is in another currency"
        }
    }
}
