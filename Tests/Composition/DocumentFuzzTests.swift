import Composition
import Core
import HTTPServer
import Testing

/// Every body that the API's description names, spoilt key by key: the answer is one that is described, and never that something went wrong inside.
@Suite struct DocumentFuzzTests {
    @Test(.timeLimit(.minutes(15)))
    func `OPS-149 what is made from the document and spoilt gets answers that stand in the document`() async throws {
        try await ComposedAPI.withAPI(ComposedAPI.selling) { api in
            let document = Described(try APIDocument(api.router.table).json)
            var tried = 0
            for (number, operation) in document.operations.enumerated() {
                // Some calls end the session or the account; each operation begins anew.
                // Networks of their own, because wrong passwords are among what is tried.
                let address = "10.1.\(number).1"
                let caller = try await api.register("fuzz\(number)", from: address)
                let path = operation.path(for: caller)
                var bodies = [operation.example]
                for key in operation.example.objectValue?.keys.sorted() ?? [] {
                    bodies += Self.spoilt(operation.example, at: key)
                }
                for body in bodies {
                    let answer = try await api.call(operation.method, path, token: caller.token, body: body, from: address)
                    #expect(answer.status != 500, "\(operation.method) \(operation.path) \(body): \(answer.body)")
                    tried += 1
                }
            }
            #expect(document.operations.count > 40 && tried > 600, "\(tried)")
        }
    }

    /// Without a key, and with everything in its place that does not belong there.
    private static func spoilt(_ body: JSONValue, at key: String) -> [JSONValue] {
        guard var members = body.objectValue else { return [] }
        let wrong: [JSONValue] = [
            nil, true, -1, 1e300, "", .string(String(repeating: "a", count: 2_000)), "\u{202E}\u{0}'; DROP TABLE orgs.org; --", [],
            [nil, 1], [:],
            ["a": ["b": [[[]]]]],
        ]
        members[key] = nil
        var bodies = [JSONValue.object(members)]
        for value in wrong {
            members[key] = value
            bodies.append(.object(members))
        }
        return bodies
    }

    /// The operations with JSON bodies.
    private struct Described {
        struct Operation {
            let method: Method
            let path: String
            let example: JSONValue

            func path(for caller: ComposedAPI.Account) -> String {
                path.split(separator: "/", omittingEmptySubsequences: false).map { part in
                    switch part {
                    case "{org_id}": caller.org
                    case "{user_id}": caller.user
                    default: part.hasPrefix("{") ? "x_0123456789" : String(part)
                    }
                }.joined(separator: "/")
            }
        }

        let operations: [Operation]

        init(_ document: JSONValue) {
            operations = (document["paths"]?.objectValue ?? [:]).sorted { $0.key < $1.key }.flatMap { path, item in
                (item.objectValue ?? [:]).sorted { $0.key < $1.key }.compactMap { method, operation -> Operation? in
                    guard let example = operation["requestBody"]?["content"]?["application/json"]?["example"] else { return nil }
                    return Operation(method: Method(rawValue: method.uppercased()), path: path, example: example)
                }
            }
        }
    }
}
