import Composition
import Core
import Foundation
import HTTPServer
import PlatformTesting
import Postgres
import Testing

/// One rule for all routes that change a part of a thing.
@Suite struct PartialUpdateTests {
    /// A route that changes a part: what it takes, in the order in which a client may write it, and where the thing is read.
    struct Partial: Sendable, CustomTestStringConvertible {
        let route: String
        /// Fields with a new value; what an answer shows of them is the value itself.
        let fields: [(name: String, value: String)]
        /// Those for which `null` has a meaning of its own in the contract: it empties them.
        var emptied: Set<String> = []
        /// Where the thing is read, when not at the same path; a list is searched for the thing's id.
        var readAt: String?
        var testDescription: String { route }
    }

    static let partial = [
        Partial(route: "PUT /v1/user", fields: [("name", "New Name")]),
        Partial(
            route: "PUT /v1/user/api-keys/{api_key_id}", fields: [("name", "renamed"), ("description", "what for")],
            readAt: "/v1/user/api-keys"),
        Partial(route: "PUT /v1/orgs/{org_id}", fields: [("name", "New Org"), ("org_type", "team")]),
        Partial(
            route: "PUT /v1/orgs/{org_id}/security", fields: [("mfa_rule", "off"), ("support_access_until", "SOON")],
            emptied: ["support_access_until", "invitation_domains"]),
        Partial(
            route: "PUT /v1/orgs/{org_id}/billing-settings",
            fields: [
                ("billing_email", "bills@example.com"), ("contact_name", "Accounts"), ("address", "1 Street"), ("tax_id", "DE123456789"),
            ],
            emptied: ["billing_email", "contact_name", "address", "tax_id"]),
        Partial(
            route: "PUT /v1/orgs/{org_id}/webhook-endpoints/{endpoint_id}",
            fields: [("url", "https://hooks.example.com/new"), ("description", "the new one")]),
    ]

    /// Those that put one whole value in the place of another, or are a command: nothing of them can be left out.
    static let whole: Set<String> = [
        "PUT /v1/user/password", "PUT /v1/user/default-org", "PUT /v1/user/selected-graph", "PUT /v1/auth/session/org",
        "PUT /v1/orgs/{org_id}/members/{user_id}", "PUT /v1/graphs/{graph_id}/members/{user_id}",
        "PATCH /v1/graphs/{graph_id}/subscriptions", "PATCH /v1/auth/passkeys/{passkey_id}",
        "PUT /v1/user/notification-preferences", "PUT /v1/orgs/{org_id}/notification-defaults",
    ]

    private func withThing(of route: Partial, _ body: (ComposedAPI, _ path: String, _ token: String) async throws -> Void) async throws {
        try await ComposedAPI.withAPI(ComposedAPI.selling) { api in
            let ada = try await api.register("Ada")
            try await api.database.adminClient.execute("UPDATE identity.account SET email_verified_at = created_at, was_verified = true")
            let key = try await api.call(.post, "/v1/user/api-keys", token: ada.token, body: ["name": "first"])
            let endpoint = try await api.call(
                .post, "/v1/orgs/\(ada.org)/webhook-endpoints", token: ada.token, body: ["url": "https://hooks.example.com/old"])
            let path = route.route.split(separator: " ")[1]
                .replacingOccurrences(of: "{endpoint_id}", with: endpoint.body["id"]?.stringValue ?? "")
                .replacingOccurrences(of: "{org_id}", with: ada.org)
                .replacingOccurrences(of: "{api_key_id}", with: key.body["api_key"]?["id"]?.stringValue ?? "")
            try await body(api, path, ada.token)
        }
    }

    private let soon = (Instant.systemNow() + .hours(24)).description

    private func text(_ value: String) -> String { "\"\(value == "SOON" ? soon : value)\"" }

    private func put(_ api: ComposedAPI, _ path: String, _ token: String, _ content: String) async throws -> ComposedAPI.Answer {
        try await api.send(.put, path, token: token, headers: ["Content-Type": "application/json"], content: Array(content.utf8))
    }

    private func read(_ api: ComposedAPI, _ route: Partial, _ path: String, _ token: String) async throws -> JSONValue {
        guard let list = route.readAt else { return try await api.call(.get, path, token: token).body }
        let answer = try await api.call(.get, list, token: token).body
        return try #require(
            answer.objectValue?.values.compactMap(\.arrayValue).first?.first { path.hasSuffix($0["id"]?.stringValue ?? "?") })
    }

    private func fields(_ thing: JSONValue, except names: [String] = []) -> [String: JSONValue] {
        (thing.objectValue ?? [:]).filter { !names.contains($0.key) && !["updated_at", "version", "limits", "members"].contains($0.key) }
    }

    @Test func `OPS-148 each route that puts or patches is one that the rule is tried on, or replaces something whole`() async throws {
        try await ComposedAPI.withAPI(ComposedAPI.selling) { api in
            let known = Set(Self.partial.map(\.route)).union(Self.whole)
            let found = Set(
                api.router.routes.filter { [.put, .patch].contains($0.method) }.map { "\($0.method.rawValue) \($0.path)" })
            #expect(found.symmetricDifference(known).sorted() == [])
        }
    }

    @Test(arguments: partial)
    func `OPS-148 nothing given, nothing but null, and nothing different change nothing and are told so`(route: Partial) async throws {
        try await withThing(of: route) { api, path, token in
            let before = try await read(api, route, path, token)
            let empty = try await put(api, path, token, "{}")
            #expect(empty.status == 400)
            #expect(empty.body["code"]?.stringValue == "NOTHING_TO_CHANGE")

            let nulls = route.fields.filter { !route.emptied.contains($0.name) }.map { #""\#($0.name)": null"# }
            if !nulls.isEmpty {
                let answer = try await put(api, path, token, "{\(nulls.joined(separator: ", "))}")
                #expect(answer.body["code"]?.stringValue == "NOTHING_TO_CHANGE")
            }
            #expect(try await read(api, route, path, token) == before)

            let given = "{\(route.fields.map { "\"\($0.name)\": \(text($0.value))" }.joined(separator: ", "))}"
            #expect(try await put(api, path, token, given).status == 200)
            let changed = try await read(api, route, path, token)
            let again = try await put(api, path, token, given)
            #expect(again.status == 400)
            #expect(again.body["code"]?.stringValue == "NOTHING_TO_CHANGE")
            #expect(try await read(api, route, path, token) == changed)
        }
    }

    @Test(arguments: partial)
    func `OPS-148 the answer is the thing as it is afterwards, whatever the order of the fields`(route: Partial) async throws {
        var results: [[String: JSONValue]] = []
        for fields in [route.fields, route.fields.reversed()] {
            try await withThing(of: route) { api, path, token in
                let content = "{\(fields.map { "\"\($0.name)\": \(text($0.value))" }.joined(separator: ", "))}"
                let answer = try await put(api, path, token, content)
                #expect(answer.status == 200)
                let now = try await read(api, route, path, token)
                #expect(self.fields(answer.body) == self.fields(now))
                for (name, value) in fields where value != "SOON" { #expect(now[name] == .string(value), "\(name)") }
                results.append(Dictionary(uniqueKeysWithValues: fields.map { ($0.name, now[$0.name] ?? .null) }))
            }
        }
        #expect(results[0] == results[1])
    }

    @Test(arguments: partial)
    func `OPS-148 a field that is not mapped cannot be set, and what is not there is 404`(route: Partial) async throws {
        try await withThing(of: route) { api, path, token in
            let before = try await read(api, route, path, token)
            let others = Set(before.objectValue?.keys.map(\.self) ?? []).subtracting(route.fields.map(\.name)).subtracting(route.emptied)
                .subtracting(["email", "invoice_billing_enabled", "payment_terms"])
            for other in others.sorted() {
                let answer = try await put(api, path, token, #"{"\#(other)": "forged"}"#)
                #expect(answer.status == 400 || answer.status == 422, "\(other)")
            }
            #expect(try await read(api, route, path, token) == before)

            guard path != "/v1/user" else { return }
            let id = try #require(path.split(separator: "/").first { $0.contains("_") })
            let other = path.replacingOccurrences(of: id, with: "\(id.dropLast(4))\(id.hasSuffix("0000") ? "1111" : "0000")")
            let answer = try await put(api, other, token, "{\"\(route.fields[0].name)\": \(text(route.fields[0].value))}")
            // An org that is not there is answered as one of others is (ID-073).
            #expect(answer.status == 404 || answer.body["code"]?.stringValue == "NOT_ORG_MEMBER", "\(answer.body)")
        }
    }

    /// The statements that store a change name their columns themselves: no text of a statement is put together from what a request holds.
    @Test func `OPS-148 no statement that updates is put together from parts`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let packages = root.appending(path: "Packages")
        let files = FileManager.default.enumerator(at: packages, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
        let adapters = files.filter { $0.pathExtension == "swift" && $0.path.contains("/Sources/") && $0.path.contains("Postgres/") }
        #expect(adapters.count > 200)
        // The column of one of three reminders, named by an enumeration.
        let closed = ["PostgresIdentityTransaction+KeyReview.swift"]
        let assembled = try Regex(##"UPDATE\s+[a-z_.]+(\s+AS\s+[a-z]+)?\s+SET\s+\\#?\((fragment|identifier)?"##)
        for file in adapters where !closed.contains(file.lastPathComponent) {
            let text = try String(contentsOf: file, encoding: .utf8)
            #expect(text.firstMatch(of: assembled) == nil, "\(file.lastPathComponent)")
        }
    }
}
