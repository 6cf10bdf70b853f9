import Core
import HTTPServer
import Testing

/// That no customer can switch idle cancellation off (IDL-003).
@Suite struct IdleSwitchTests {
    /// Every name of a parameter or of a field that a request may carry, with the route that takes it.
    private func names(in document: JSONValue) -> [(route: String, name: String)] {
        guard case .object(let paths) = document["paths"] else { return [] }
        var found: [(String, String)] = []
        for (path, item) in paths {
            guard case .object(let methods) = item else { continue }
            for (method, operation) in methods {
                let route = "\(method.uppercased()) \(path)"
                if case .array(let parameters) = operation["parameters"] {
                    for parameter in parameters { if let name = parameter["name"]?.stringValue { found.append((route, name)) } }
                }
                if let body = operation["requestBody"] {
                    for name in fields(of: body, in: document, depth: 0) { found.append((route, name)) }
                }
            }
        }
        return found
    }

    private func fields(of schema: JSONValue, in document: JSONValue, depth: Int) -> [String] {
        guard depth < 16 else { return [] }
        switch schema {
        case .object(let members):
            var names: [String] = []
            if let target = members["$ref"]?.stringValue {
                var place: JSONValue? = document
                for step in target.split(separator: "/").dropFirst() { place = place?[String(step)] }
                if let place { names += fields(of: place, in: document, depth: depth + 1) }
            }
            if case .object(let properties) = members["properties"] { names += properties.keys }
            for (_, member) in members { names += fields(of: member, in: document, depth: depth + 1) }
            return names
        case .array(let members): return members.flatMap { fields(of: $0, in: document, depth: depth + 1) }
        default: return []
        }
    }

    @Test func `IDL-003 no request field and no parameter of any route lets a customer switch idle cancellation off`() async throws {
        try await ComposedAPI.withAPI(ComposedAPI.selling) { api in
            let document = try #require(api.document).json
            let all = names(in: document)
            // The walk sees bodies and parameters, or it would see nothing to object to.
            #expect(all.count > 100)
            #expect(all.contains { $0.name == "email" } && all.contains { $0.name == "org_id" })
            let words = ["idle", "inactiv", "auto_cancel", "autocancel", "eligible", "exempt", "unused", "dormant"]
            for (route, name) in all where words.contains(where: { name.lowercased().contains($0) }) {
                Issue.record("\(route) takes \(name)")
            }
            // What tells of it only tells.
            let routes = api.router.routes.filter { $0.path.contains("idle") }
            #expect(
                routes.map { "\($0.method.rawValue) \($0.path)" } == [
                    "GET /v1/billing/subscriptions/{org_id}/subscription/{subscription_id}/idle"
                ])
        }
    }
}
