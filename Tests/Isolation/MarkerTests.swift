import Core
import Foundation
import HTTPServer
import PlatformTesting
import Postgres
import Testing

/// Nothing that is said to one org speaks of another: every answer is searched for what only the other one can know.
@Suite struct MarkerTests {
    private static let marker = "Zanzibar7731"

    @Test(.timeLimit(.minutes(15)))
    func `SEC-047 no answer of any route, list, count or refusal shows a name, an id or a number of another org`() async throws {
        try await Household.with { house in
            let ada = try await house.register("Ada")
            let ben = try await house.register("Ben\(Self.marker)")
            try await house.database.adminClient.execute("UPDATE identity.account SET email_verified_at = now()")
            let empty = try await counts(house, ada)
            // Everything of the other one carries the marker.
            let key = try await house.call(.post, "/v1/user/api-keys", headers: ben.headers, body: ["name": .string(Self.marker)])
            #expect(key.status == 201)
            #expect(
                try await house.call(.put, "/v1/orgs/\(ben.org)", headers: ben.headers, body: ["name": .string("Org \(Self.marker)")])
                    .status < 300)
            let invited = try await house.call(
                .post, "/v1/orgs", headers: ben.headers, body: ["name": .string("Team \(Self.marker)"), "org_type": "team"])
            let team = try #require(invited.body["id"]?.stringValue, "\(invited.body)")
            _ = try await house.call(
                .post, "/v1/orgs/\(team)/invitations", headers: ben.headers,
                body: ["email": .string("guest@\(Self.marker.lowercased()).example"), "role": "member"])
            let pattern = "%\(Self.marker)%"
            let ids = try await house.database.adminClient.query(
                "SELECT id::text AS id FROM identity.session WHERE user_id IN (SELECT id FROM identity.account WHERE name LIKE \(pattern))"
            ).map { try $0.decode("id", as: String.self) }
            var secrets = [Self.marker, Self.marker.lowercased(), ben.token, key.body["api_key"]?["id"]?.stringValue ?? "-"] + ids
            secrets += [ben.user, ben.org, team]
            var searched = 0
            // What ends the token with which the walk is made, at once or a minute later, is no part of it.
            let ending = ["/v1/auth/log", "/v1/auth/refresh"]
            for route in house.router.routes where !ending.contains(where: { route.path.hasPrefix($0) }) && !route.path.hasSuffix("/stream")
            {
                for (org, user) in [(ada.org, ada.user), (ben.org, ben.user), (team, ben.user)] {
                    let path = route.path.split(separator: "/", omittingEmptySubsequences: false).map { part in
                        switch part {
                        case "{org_id}": org
                        case "{user_id}": user
                        default: part.hasPrefix("{") ? "kg0123456789abcdef" : String(part)
                        }
                    }.joined(separator: "/")
                    var headers = ada.headers
                    headers["X-Org-Id"] = org
                    let isWriting = [.post, .put, .patch].contains(route.method)
                    let answer = try await house.call(route.method, path, headers: headers, body: isWriting ? [:] : nil)
                    let text = String(decoding: try JSON.encode(answer.body), as: UTF8.self)
                    // What the caller has said may be said back.
                    for secret in secrets where secret != org && secret != user {
                        #expect(!text.contains(secret), "\(route.method.rawValue) \(route.path) tells \(secret)")
                    }
                    searched += 1
                }
            }
            #expect(searched > 300)
            let left = try await counts(house, ada)
            #expect(left == empty)
        }
    }

    /// The totals of every list that the person sees: they do not grow by what others have.
    private func counts(_ house: Household, _ person: Household.Person) async throws -> [String: Int64] {
        var totals: [String: Int64] = [:]
        for path in ["/v1/orgs", "/v1/orgs/\(person.org)/members", "/v1/orgs/\(person.org)/invitations", "/v1/user/api-keys", "/v1/graphs"]
        {
            let answer = try await house.call(.get, path, headers: person.headers)
            #expect(answer.status == 200, "\(path): \(answer.body)")
            if case .integer(let total)? = answer.body["total"] { totals[path] = total }
        }
        return totals
    }
}
