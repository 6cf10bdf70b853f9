import Core
import HTTPServer
import PlatformTesting
import Postgres
import Testing

/// Every route once more, called by an owner whose session has shown no second factor, in an org that asks for one.
@Suite struct SecondFactorMatrixTests {
    /// What the owner asks of itself here, which any member may.
    private static let ownThings: Set<String> = ["DELETE /v1/orgs/{org_id}/members/{user_id}"]

    private func isAskedFor(_ answer: ComposedAPI.Answer) -> Bool {
        answer.status == 403 && answer.body["code"] == "MFA_ENROLLMENT_REQUIRED"
    }

    private func lines() -> [MatrixLine] {
        MatrixLine.all.filter { line in
            switch line.rule {
            case .org, .graph, .graphOwner, .operation: !Self.ownThings.contains(line.route)
            case .everybody, .signedIn, .others: false
            }
        }
    }

    private func ask(_ rule: String, in house: MatrixHouse) async throws {
        try await house.api.database.adminClient.execute("UPDATE orgs.org SET mfa_rule = \(rule)")
    }

    @Test func `ID-134 ORG-012 under the rule admins an owner without a second factor gets what a member gets, on every route`()
        async throws
    {
        try await MatrixHouse.with { house in
            try await ask("admins", in: house)
            var (asked, passed) = (0, 0)
            for line in lines() {
                let route = try #require(house.route(line))
                let answer = try await house.call(route, line, as: .owner, in: house.own)
                guard line.expected(.member) != .passes else {
                    #expect(!isAskedFor(answer) && answer.status != 401, "\(line.route): \(answer.status) \(answer.body)")
                    passed += 1
                    continue
                }
                // What is hidden from members stays hidden.
                let isHidden = line.hides && answer.status == 404
                #expect(isAskedFor(answer) || isHidden, "\(line.route): \(answer.status) \(answer.body)")
                asked += 1
            }
            #expect(asked > 40 && passed > 5)
        }
    }

    @Test func `ID-134 ORG-012 under the rule everyone an owner without a second factor gets nothing of the org, on every route`()
        async throws
    {
        try await MatrixHouse.with { house in
            try await ask("everyone", in: house)
            for line in lines() {
                let route = try #require(house.route(line))
                let answer = try await house.call(route, line, as: .owner, in: house.own)
                #expect(isAskedFor(answer) || (line.hides && answer.status == 404), "\(line.route): \(answer.status) \(answer.body)")
            }
        }
    }

    @Test func `ID-134 a session that lacks the factor makes no key with the whole role, and works as before elsewhere`() async throws {
        try await MatrixHouse.with { house in
            let token = try #require(house.tokens[.owner])
            for rule in ["admins", "everyone"] {
                try await ask(rule, in: house)
                let made = try await house.api.call(.post, "/v1/user/api-keys", token: token, body: ["name": "k"])
                #expect(isAskedFor(made), "\(rule): \(made.body)")
                for path in ["/v1/auth/me", "/v1/user", "/v1/auth/passkeys", "/v1/user/notices"] {
                    #expect(try await house.api.call(.get, path, token: token).status == 200, "\(rule) \(path)")
                }
            }
            try await ask("off", in: house)
            #expect(try await house.api.call(.post, "/v1/user/api-keys", token: token, body: ["name": "k"]).status == 201)
        }
    }
}
