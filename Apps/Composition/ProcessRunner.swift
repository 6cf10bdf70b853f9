public import Core
internal import Dispatch
internal import FoundationEssentials
internal import Lifecycle
public import Observability

#if canImport(Glibc)
internal import Glibc
#endif

/// Runs a process of Trellis: reads its configuration, runs its body, and ends with status 0, 1 when it failed, or 78 when it is misconfigured.
///
/// The body runs on the cooperative pool; the main thread waits. What is wrong is said once, in full, on standard error.
public func runProcess(_ name: String, _ body: @escaping @Sendable (TrellisConfiguration, Log) async throws -> Void) -> Never {
    Task.detached {
        do {
            // The secrets of the settings are in memory from the next line on (STR-025).
            try ProcessMemory.forbidDumps()
            let configuration = try TrellisConfiguration(environment: ProcessInfo.processInfo.environment)
            let log = Log(label: name, level: LogLevel(rawValue: configuration.logLevel) ?? .info)
            do {
                // What a command does says that it was one (AUD-017); servers say it of each request and job.
                let origin = name == "trellis" ? WorkOrigin(surface: "cli") : nil
                try await LogContext.$current.withValue(LogContext(origin: origin)) { try await body(configuration, log) }
                exit(0)
            } catch let error as SettingsError {
                // What only the parts that use it can see: an address that is none, a file that is not there.
                throw error
            } catch {
                log.error("the process cannot go on", ["error": .string(errorChain(error))])
                exit(1)
            }
        } catch {
            Log(label: name).error(
                "the settings are wrong", ["problems": .array("\(error)".split(separator: "\n").map { .string(String($0)) })])
            exit(78)
        }
    }
    dispatchMain()
}

extension TrellisConfiguration {
    /// What a process does once when it is ready: gives back what only the start needed, and tells whoever started it, when a file for that was named;
    /// the file appears complete or not at all.
    public func announceReady(_ facts: [String: JSONValue]) throws {
        ProcessMemory.releaseStartUpPages()
        guard let readyFile else { return }
        try Data(JSON.encode(JSONValue.object(facts))).write(to: URL(filePath: readyFile), options: .atomic)
    }
}
