internal import Core
internal import Foundation
internal import Lifecycle
internal import Observability

@main
enum SandboxApp {
    static func main() async {
        let log = Log(label: "sandbox")
        do {
            let configuration = try SandboxConfiguration(environment: ProcessInfo.processInfo.environment)
            let composition = try SandboxComposition(configuration, log: log)
            try await composition.run()
        } catch {
            log.error("the sandbox ended", ["error": .string(errorChain(error))])
            exit(1)
        }
    }
}
