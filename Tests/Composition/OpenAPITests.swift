import Composition
import Core
import EventLoops
import Foundation
import HTTPServer
import PlatformTesting
import Testing

/// The API's description of itself, and whether it is true. That answers are as described, every test of this folder checks: see `ComposedAPI`.
@Suite struct OpenAPITests {
    @Test func `OPS-149 SEC-001 every route is an operation with purpose, caller, category, answers and examples`() async throws {
        try await ComposedAPI.withAPI(ComposedAPI.selling) { api in
            let document = try await api.call(.get, "/openapi.json").body
            let paths = try #require(document["paths"]?.objectValue)
            var names: Set<String> = []
            for route in api.router.routes {
                let operation = try #require(paths[route.path]?[route.method.rawValue.lowercased()], "\(route.method) \(route.path)")
                let name = try #require(operation["operationId"]?.stringValue)
                #expect(names.insert(name).inserted, "\(name) is the name of two operations")
                #expect(operation["summary"]?.stringValue?.hasSuffix(".") == true, "\(name) has no purpose")
                #expect(operation["description"]?.stringValue?.contains("Who may call: ") == true, "\(name)")
                #expect(operation["x-rate-limit-category"]?.stringValue == route.category?.name, "\(name)")
                let answers = try #require(operation["responses"]?.objectValue)
                #expect(answers["500"] != nil && answers.count >= 3, "\(name)")
                for parameter in route.path.split(separator: "/") where parameter.hasPrefix("{") {
                    let given = operation["parameters"]?.arrayValue?.compactMap { $0["name"]?.stringValue } ?? []
                    #expect(given.contains(String(parameter.dropFirst().dropLast())), "\(name)")
                }
                for (status, answer) in answers where status < "300" {
                    for (type, content) in answer["content"]?.objectValue ?? [:] where type == "application/json" {
                        #expect(content["example"] != nil, "\(name) \(status) has no example")
                    }
                }
            }
        }
    }

    @Test func `OPS-149 the document is made once, known by its tag, and not sent again to who has it`() async throws {
        try await ComposedAPI.withAPI { api in
            let first = try await api.call(.get, "/openapi.json")
            let tag = try #require(first.headers["ETag"])
            let again = try await api.send(.get, "/openapi.json", headers: ["If-None-Match": tag], content: [])
            #expect(first.status == 200 && again.status == 304 && again.headers["ETag"] == tag)
            #expect(first.body == api.document?.json)
        }
    }

    @Test func `OPS-149 each code that the sources of the routes can answer with stands in the document`() async throws {
        try await ComposedAPI.withAPI(ComposedAPI.selling) { api in
            let packages = Self.root.appending(path: "Packages")
            var known = try APIDocument(api.router.table).codes
            // Answers of the server itself before a route is known, and of the ways in which a request can be no request.
            known.formUnion(["METHOD_NOT_ALLOWED", "REQUEST_TIMEOUT"])
            // Refusals of what operators and the product's own work do with money; the customers' API has no such call.
            known.formUnion([
                "INVALID_AMOUNT", "REASON_REQUIRED", "CURRENCY_MISMATCH", "INVOICE_NOT_ALLOWED", "INSUFFICIENT_CREDITS", "HOLD_CLOSED",
                "REFUND_TOO_LARGE",
                "EXPIRY_IN_THE_PAST",
            ])
            for package in ["Identity", "Orgs", "Billing", "Graphs", "Operations", "Audit"] {
                let folder = packages.appending(path: "\(package)/Sources/\(package)HTTP")
                for case let file as URL in try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
                where file.pathExtension == "swift" {
                    let source = try String(contentsOf: file, encoding: .utf8)
                    let codes = source.matches(of: /(?:code: |, )"([A-Z][A-Z]+_[A-Z_]+)"/).map { String($0.1) }
                    for code in codes { #expect(known.contains(code), "\(code) of \(file.lastPathComponent) is not described") }
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func `OPS-149 ID-011 ORG-002 the document is valid OpenAPI 3.1, its examples fit, and the published client finds its operations`()
        async throws
    {
        try await ComposedAPI.withAPI(ComposedAPI.selling) { api in
            let document = try APIDocument(api.router.table)
            let file = FileManager.default.temporaryDirectory.appending(path: "trellis-openapi-\(UUID().uuidString).json")
            try Data(JSON.encode(document.json)).write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            let result = try await Self.run("Scripts/openapi", [file.path])
            #expect(result.status == 0, "\(result.output)")
            let register = document.json["paths"]?["/v1/auth/register"]?["post"]?["description"]?.stringValue
            #expect(register?.contains("A personal workspace is created") == true)
            #expect(register?.contains("can be renamed and shared") == true)
        }
    }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static func run(_ script: String, _ arguments: [String]) async throws -> (status: Int32, output: String) {
        let process = Process()
        let output = Pipe()
        process.executableURL = root.appending(path: script)
        process.arguments = arguments
        process.currentDirectoryURL = root
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
        // Read to the end while it runs, on a thread that may wait: what nobody takes away stops who writes it.
        let text = try await offload { String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self) }
        try await offload { process.waitUntilExit() }
        return (process.terminationStatus, text)
    }
}
